// Which options of the configuration have an effect. Every other one is accepted, so that files of
// operators can be used as they are, and named in a warning at the start where it is set.
import { changedKeys, type Config } from "@wadi/config";
import type { Logger } from "@wadi/telemetry";

/** Options that the node uses. */
export const effectiveKeys: ReadonlySet<string> = new Set([
  "mode",
  "common.data_dir",
  "common.internal_socket_path",
  "common.log.file",
  "common.log.format",
  "common.log.level",
  "common.debug.allow_root",
  "genesis.file",
  "consensus.validator",
  "consensus.listen_address",
  "consensus.external_address",
  "consensus.min_gas_price",
  "consensus.submission.gas_price",
  "consensus.submission.max_fee",
  "consensus.halt_epoch",
  "consensus.halt_height",
  "consensus.local_storage",
  "consensus.prune.strategy",
  "consensus.prune.num_kept",
  "consensus.prune.interval",
  "consensus.checkpointer.disabled",
  "consensus.checkpointer.check_interval",
  "consensus.supplementary_sanity.enabled",
  "consensus.supplementary_sanity.interval",
  "runtime.runtimes",
  "runtime.paths",
  "runtime.config",
  "runtime.provisioner",
  "runtime.sandbox_binary",
  "runtime.prune.strategy",
  "runtime.prune.interval",
  "runtime.prune.num_kept",
  "runtime.indexer.batch_size",
  "runtime.tx_pool.schedule_max_tx_pool_size",
  "runtime.tx_pool.schedule_tx_cache_size",
  "runtime.tx_pool.check_tx_max_batch_size",
  "runtime.tx_pool.recheck_interval",
  "runtime.pre_warm_epochs",
  "runtime.registries",
  "runtime.max_bundle_size",
  "p2p.port",
  "p2p.registration.addresses",
  "registration.entity",
  "registration.entity_id",
]);

const PEERS = "nodes do not connect to each other yet";
const STATE_SYNC = "state is not synced from peers yet";
const ENCLAVES = "components in enclaves are not run by this program yet";
const KEY_MANAGERS = "key managers are not run by this program yet";
const CHECKPOINTS = "no checkpoints of runtime state are made yet";
const METRICS = "metrics are not served yet";
const STORAGE = "the node has one database of its own";
const ATTESTATION_PROXY = "attestation proxies are obsolete";

/** Options that have no effect yet, with the reason. */
export const idleKeys: ReadonlyMap<string, string> = new Map([
  ["common.debug.rlimit", "the limit of open files is that of whoever starts the node"],
  ["consensus.p2p.max_num_inbound_peers", PEERS],
  ["consensus.p2p.max_num_outbound_peers", PEERS],
  ["consensus.p2p.send_rate", PEERS],
  ["consensus.p2p.recv_rate", PEERS],
  ["consensus.p2p.persistent_peers", PEERS],
  ["consensus.p2p.unconditional_peers", PEERS],
  ["consensus.p2p.disable_peer_exchange", PEERS],
  ["consensus.p2p.persistent_peers_max_dial_period", PEERS],
  ["consensus.p2p.allow_duplicate_ip", PEERS],
  ["consensus.sentry_upstream_addresses", PEERS],
  ["consensus.upgrade_stop_delay", "the node stops at once where an upgrade needs another program"],
  ["consensus.checkpointer.parallel_chunker", "chunks of checkpoints are made one after the other"],
  ["consensus.state_sync.enabled", STATE_SYNC],
  ["consensus.light_client.trust.period", STATE_SYNC],
  ["consensus.light_client.trust.height", STATE_SYNC],
  ["consensus.light_client.trust.hash", STATE_SYNC],
  ["consensus.providers", "nodes without local storage are not supported yet"],
  ["consensus.log_debug", "the level of the module `cometbft` decides"],
  ["consensus.debug.addr_book_lenient", PEERS],
  ["consensus.debug.unsafe_replay_recover_corrupted_wal", "the damaged end of a log is always cut away"],
  ["consensus.debug.disable_addr_book_from_genesis", PEERS],
  ["runtime.sgx_loader", ENCLAVES],
  ["runtime.environment", ENCLAVES],
  ["runtime.sentry_addresses", PEERS],
  ["runtime.tx_pool.republishinterval", PEERS],
  ["runtime.attest_interval", ENCLAVES],
  ["runtime.load_balancer.num_instances", "a runtime has one instance"],
  ["runtime.debug_mock_tee", ENCLAVES],
  ["runtime.sgx.loader", ENCLAVES],
  ["runtime.tdx.cid_start", ENCLAVES],
  ["runtime.tdx.cid_count", ENCLAVES],
  ["runtime.log.max_log_size", "the lines of runtimes are in the node's log only"],
  ["p2p.seeds", PEERS],
  ["p2p.discovery.bootstrap.enable", PEERS],
  ["p2p.discovery.bootstrap.allow_private_ips", PEERS],
  ["p2p.discovery.bootstrap.retention_period", PEERS],
  ["p2p.gossipsub.peer_outbound_queue_size", PEERS],
  ["p2p.gossipsub.validate_queue_size", PEERS],
  ["p2p.gossipsub.validate_concurrency", PEERS],
  ["p2p.gossipsub.validate_throttle", PEERS],
  ["p2p.peer_manager.connectedness_low_water", PEERS],
  ["p2p.connection_manager.max_num_peers", PEERS],
  ["p2p.connection_manager.peer_grace_period", PEERS],
  ["p2p.connection_manager.persistent_peers", PEERS],
  ["p2p.connection_gater.blocked_peers", PEERS],
  ["ias.proxy_addresses", ATTESTATION_PROXY],
  ["ias.debug_skip_verify", ATTESTATION_PROXY],
  ["pprof.bind_address", "profiles are taken with Node's own inspector"],
  ["metrics.mode", METRICS],
  ["metrics.address", METRICS],
  ["metrics.job_name", METRICS],
  ["metrics.labels", METRICS],
  ["metrics.interval", METRICS],
  ["keymanager.runtime_id", KEY_MANAGERS],
  ["keymanager.private_peer_pub_keys", KEY_MANAGERS],
  ["keymanager.churp.schemes", KEY_MANAGERS],
  ["storage.backend", STORAGE],
  ["storage.max_cache_size", STORAGE],
  ["storage.fetcher_count", PEERS],
  ["storage.public_rpc_enabled", PEERS],
  ["storage.checkpoint_sync_disabled", PEERS],
  ["storage.checkpointer.enabled", CHECKPOINTS],
  ["storage.checkpointer.check_interval", CHECKPOINTS],
  ["storage.checkpointer.parallel_chunker", CHECKPOINTS],
  ["sentry.enabled", PEERS],
  ["sentry.control.port", PEERS],
  ["sentry.control.authorized_pubkeys", PEERS],
]);

/** Names the options that are set and have no effect. */
export function warnOfIdleOptions(config: Config, log: Logger): void {
  for (const key of changedKeys(config)) {
    const reason = idleKeys.get(key);
    if (reason !== undefined) log.warn("the option has no effect", { key, reason });
  }
}
