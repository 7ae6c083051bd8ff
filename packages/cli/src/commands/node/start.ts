// From a configuration to a running node, in the order whose effects operators know.
// Reference: go/oasis-node/cmd/node/node.go.
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseSize, type Config } from "@wadi/config";
import { loadOrCreateIdentity, testSigner, type NodeIdentity } from "@wadi/crypto";
import {
  SOFTWARE_VERSION,
  lockDataDirectory,
  nodeError,
  runNode,
  type NodeOptions,
  type RunningNode,
  type WorkerSettings,
} from "@wadi/node";
import type { Fields, Logger, Logging } from "@wadi/telemetry";
import type { Namespace, PublicKey, genesis } from "@wadi/types";
import { fromHex, toBase64 } from "@wadi/util";
import { defaultPoolConfig } from "@wadi/workers";

import type { OptionValues } from "../../option-table.ts";
import { debugSwitches, quoteVerifier } from "../debug/machine.ts";
import { GenesisFileError, loadGenesis, readGenesisFile } from "../genesis/load.ts";
import { nodeAddresses } from "./addresses.ts";
import { localConfigs, refuseEnclaves, warnOfIdleComponents } from "./components.ts";
import { warnOfIdleOptions } from "./config-effects.ts";
import { ownerOf } from "./entity.ts";
import { fail } from "./failure.ts";
import type { nodeOptions } from "./options.ts";

export type NodeFlags = OptionValues<typeof nodeOptions>;

const REQUIRED_FILES = 50_000;
const SUPPORTED_MODES = ["validator", "compute", "client"] as const;

/** Signs changes of the epoch in debug networks; everybody knows the key. */
const EPOCH_KEY_NAME = "oasis-core epochtime mock key seed";

/** Starts the node. Rejects with StartFailure or a coded error, whose texts are for the operator. */
export async function startNode(
  config: Config,
  flags: NodeFlags,
  logging: Logging,
  caller: Pick<NodeOptions, "onLeaving" | "signal"> = {},
): Promise<RunningNode> {
  const log = logging.logger("oasis-node");
  log.info("Starting oasis-node", { version: SOFTWARE_VERSION, mode: config.mode });
  warnOfIdleOptions(config, log);
  warnOfIdleComponents(config.runtime, log);
  warnOfFileLimit(logging);
  warnOfDebugging(flags, log);
  refuseRoot(config, flags);
  const document = await readGenesis(config, flags);
  const { dataDir } = config.common;
  if (dataDir === "") fail("data directory not configured");
  const mode = SUPPORTED_MODES.find((one) => one === config.mode);
  if (mode === undefined) fail(`mode ${config.mode} is not supported yet: it needs the peer-to-peer network`);
  if (!config.consensus.localStorage) fail("nodes without local storage are not supported yet: they live on peers");

  await using resources = new AsyncDisposableStack();
  const lock = resources.use(lockDataDirectory(dataDir));
  const identity = loadOrCreateIdentity(dataDir, { nowSeconds: Math.floor(Date.now() / 1000) });
  log.info("loaded/generated node identity", identityFields(identity));
  const node = await runNode({
    ...nodeSettings(config, mode),
    addresses: nodeAddresses(config, identity.p2p.publicKey, document.registry.params.debugAllowUnroutableAddresses),
    ...debugSettings(config, flags),
    ...caller,
    document,
    identity,
    logging,
    lock,
    quotes: quoteVerifier(flags),
  });
  resources.move();
  log.info("initialization complete: ready to serve");
  return node;
}

function identityFields({ consensus, node, p2p, tls }: NodeIdentity): Fields {
  const text = (key: PublicKey): string => toBase64(fromHex(key));
  return {
    node_pk: text(node.publicKey),
    p2p_pk: text(p2p.publicKey),
    consensus_pk: text(consensus.publicKey),
    tls_pk: text(tls.key.publicKey),
  };
}

function nodeSettings(config: Config, mode: NodeOptions["mode"]) {
  const { common, consensus, runtime } = config;
  const { haltEpoch: epoch, haltHeight: height, prune } = consensus;
  const entityId = ownerOf(config);
  return {
    mode,
    validator: consensus.validator,
    dataDir: common.dataDir,
    ...(entityId === undefined ? {} : { entityId }),
    ...runtimesOf(config, mode),
    sandboxBinary: runtime.sandboxBinary,
    minGasPrice: consensus.minGasPrice,
    ...(common.internalSocketPath === "" ? {} : { socket: resolve(common.internalSocketPath) }),
    ...(height > 0 ? { halt: { height } } : epoch > 0 ? { halt: { epoch: BigInt(epoch) } } : {}),
    ...pruning(prune),
    ...consensusSettings(consensus),
  } satisfies Partial<NodeOptions>;
}

function pruning({ numKept, strategy }: Config["consensus"]["prune"]): Pick<NodeOptions, "prune"> {
  if (strategy === "none") return {};
  if (strategy !== "keep_n") fail(`abci/pruner: unknown pruning strategy: '${strategy}'`);
  if (numKept < 1) fail("abci/pruner: invalid number of versions retained");
  return { prune: { kind: "keep", versions: BigInt(numKept) } };
}

/** What only the debug flag allows. */
function debugSettings(
  { common, runtime }: Config,
  flags: NodeFlags,
): Pick<NodeOptions, "debug" | "debugSigner" | "provisioner"> {
  const { provisioner } = runtime;
  if (provisioner !== "sandboxed" && !flags.dontBlameOasis) {
    fail(`runtime provisioner '${provisioner}' requires use of unsafe debug flags`);
  }
  if (provisioner === "mock") fail("the mock provisioner is not supported");
  return {
    provisioner,
    debug: { ...debugSwitches(flags), allowRoot: common.debug.allowRoot },
    ...(flags.dontBlameOasis ? { debugSigner: testSigner(EPOCH_KEY_NAME) } : {}),
  };
}

type RuntimeSettings = Pick<
  NodeOptions,
  "bundles" | "runtimes" | "registries" | "runtimeRegistries" | "localConfigs" | "maxBundleBytes" | "workers"
>;

function runtimesOf({ runtime }: Config, mode: NodeOptions["mode"]): RuntimeSettings {
  const count = runtime.paths.length + runtime.runtimes.length;
  if (mode === "validator" && count > 0) {
    fail("no runtimes should be configured when in validator or seed modes");
  }
  if (mode === "compute" && count === 0) {
    fail("at least one runtime must be configured when in compute, keymanager, or observer modes");
  }
  refuseEnclaves(runtime);
  // The parser takes nothing else.
  const runtimes = runtime.runtimes.map(({ id, registries }) => [id as Namespace, registries] as const);
  const maxBundleBytes = parseSize(runtime.maxBundleSize);
  return {
    bundles: runtime.paths.map((path) => resolve(path)),
    runtimes: runtimes.map(([id]) => id),
    registries: runtime.registries,
    runtimeRegistries: new Map(runtimes),
    localConfigs: localConfigs(runtime),
    workers: workerSettings(runtime),
    ...(maxBundleBytes === 0 ? {} : { maxBundleBytes }),
  };
}

function workerSettings({ indexer, preWarmEpochs, prune, txPool }: Config["runtime"]): WorkerSettings {
  return {
    preWarmEpochs: BigInt(preWarmEpochs),
    // The reference never ends with batches of nothing.
    ...(indexer.batchSize === 0 ? {} : { indexBatch: indexer.batchSize }),
    pool: {
      ...defaultPoolConfig,
      maxSize: txPool.scheduleMaxTxPoolSize,
      cacheSize: txPool.scheduleTxCacheSize,
      maxCheckBatch: txPool.checkTxMaxBatchSize,
      recheckInterval: txPool.recheckInterval,
      republishMs: txPool.republishinterval,
    },
    ...(prune.strategy === "none" ? {} : { prune: { numKept: BigInt(prune.numKept), intervalMs: prune.interval } }),
  };
}

/** What runs beside blocks, and what the node pays. */
function consensusSettings({
  checkpointer,
  prune,
  submission,
  supplementarySanity,
}: Config["consensus"]): Pick<NodeOptions, "fees" | "makesCheckpoints" | "supplementarySanity" | "upkeep"> {
  const { enabled, interval } = supplementarySanity;
  return {
    fees: submission,
    makesCheckpoints: !checkpointer.disabled,
    upkeep: { pruneIntervalMs: prune.interval, checkpointIntervalMs: checkpointer.checkInterval },
    ...(enabled ? { supplementarySanity: { interval, random: (bound) => randomInt(bound) } } : {}),
  };
}

async function readGenesis(config: Config, flags: NodeFlags): Promise<genesis.Document> {
  try {
    return loadGenesis(await readGenesisFile(config.genesis.file), flags);
  } catch (e) {
    if (e instanceof GenesisFileError) throw nodeError(`failed to get genesis document: ${e.message}`, e);
    throw e;
  }
}

function refuseRoot({ common }: Config, { dontBlameOasis }: NodeFlags): void {
  if (process.geteuid?.() !== 0 || (dontBlameOasis && common.debug.allowRoot)) return;
  fail("running with elevated privileges not allowed");
}

/** Texts of the reference. */
function warnOfDebugging(
  { allowDebugEnclaves, dontBlameOasis, skipQuoteVerify, tcbLaxVerify }: NodeFlags,
  log: Logger,
) {
  const warnings: readonly (readonly [isSet: boolean, text: string])[] = [
    [allowDebugEnclaves, "`debug.allow_debug_enclaves` set, enclaves in debug mode will be allowed"],
    [tcbLaxVerify, "`debug.tcb_lax_verify` set, TCB lax verification will be done"],
    [skipQuoteVerify, "`debug.skip_quote_verify` set, PCS quotes will NOT be verified"],
  ];
  for (const [isSet, text] of warnings) if (dontBlameOasis && isSet) log.warn(text);
}

/** Databases and connections need many files; too few show late, as failures of something else. */
function warnOfFileLimit(logging: Logging): void {
  let limits: string;
  try {
    limits = readFileSync("/proc/self/limits", "utf8");
  } catch {
    return; // Systems without it have other ways to tell.
  }
  const current = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
  if (current >= REQUIRED_FILES) return;
  const err = `too low RLIMIT_NOFILE, current: ${current} required: ${REQUIRED_FILES}`;
  logging.logger("oasis-node").warn("the limit of open files is low", { err });
}
