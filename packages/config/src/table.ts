// Every option of the configuration file. Reference: go/config/config.go and the packages it joins.
import {
  bool,
  amount,
  choice,
  duration,
  float64,
  freeMap,
  int,
  int64,
  list,
  parsed,
  section,
  text,
  textMap,
} from "./option.ts";
import { uint, uint16, uint32, uint64, uint8, type ValueOf } from "./option.ts";
import { component, runtimeId } from "./component.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const MODES = ["validator", "compute", "observer", "keymanager", "client", "seed", "archive"] as const;
export type Mode = (typeof MODES)[number];

const common = section({
  dataDir: text(),
  internalSocketPath: text(),
  log: section({
    file: text(),
    format: text("logfmt"),
    level: textMap({
      "cometbft/context": "error",
      "cometbft/db": "info",
      "common/persistent": "info",
      "mkvs/db": "info",
    }),
  }),
  debug: section({ allowRoot: bool(), rlimit: uint64() }),
});

const consensus = section({
  validator: bool(),
  listenAddress: text("tcp://0.0.0.0:26656"),
  externalAddress: text(),
  p2p: section({
    maxNumInboundPeers: int(100),
    maxNumOutboundPeers: int(20),
    sendRate: int64(5_120_000),
    recvRate: int64(5_120_000),
    persistentPeers: list(text()),
    unconditionalPeers: list(text()),
    disablePeerExchange: bool(),
    persistentPeersMaxDialPeriod: duration(),
    allowDuplicateIp: bool(),
  }),
  sentryUpstreamAddresses: list(text()),
  minGasPrice: amount(),
  submission: section({ gasPrice: amount(), maxFee: amount(10_000_000_000n) }),
  haltEpoch: uint64(),
  haltHeight: uint64(),
  upgradeStopDelay: duration(MINUTE),
  localStorage: bool(true),
  prune: section({ strategy: text("none"), numKept: uint64(250_000), interval: duration(2 * MINUTE) }),
  checkpointer: section({ disabled: bool(), checkInterval: duration(MINUTE), parallelChunker: bool() }),
  stateSync: section({ enabled: bool() }),
  lightClient: section({ trust: section({ period: duration(720 * HOUR), height: uint64(), hash: text() }) }),
  providers: list(text()),
  supplementarySanity: section({ enabled: bool(), interval: uint64(10) }),
  logDebug: bool(),
  debug: section({
    addrBookLenient: bool(),
    unsafeReplayRecoverCorruptedWal: bool(),
    disableAddrBookFromGenesis: bool(),
  }),
});

const runtime = section({
  runtimes: list(section({ id: runtimeId, components: list(component), config: freeMap(), registries: list(text()) })),
  paths: list(text()),
  provisioner: choice("sandboxed", ["mock", "unconfined", "sandboxed"], "invalid runtime provisioner"),
  sandboxBinary: text("/usr/bin/bwrap"),
  sgxLoader: text(),
  environment: text("auto"),
  prune: section({ strategy: text("none"), interval: duration(2 * MINUTE), numKept: uint64(250_000) }),
  indexer: section({ batchSize: uint16(1000) }),
  config: freeMap(),
  sentryAddresses: list(text()),
  txPool: section({
    scheduleMaxTxPoolSize: uint64(50_000),
    scheduleTxCacheSize: uint64(100_000),
    checkTxMaxBatchSize: uint64(128),
    recheckInterval: uint64(5),
    republishinterval: duration(60 * SECOND),
  }),
  preWarmEpochs: uint64(3),
  attestInterval: duration(),
  loadBalancer: section({ numInstances: uint64() }),
  registries: list(text(), ["https://raw.githubusercontent.com/oasisprotocol/bundle-registry/main/metadata/"]),
  maxBundleSize: text(),
  debugMockTee: bool(),
  sgx: section({ loader: text() }),
  tdx: section({ cidStart: uint32(0xa515_0000), cidCount: uint32(1024) }),
  log: section({ maxLogSize: int(1 << 20) }),
});

const p2p = section({
  port: uint16(9200),
  seeds: list(text()),
  discovery: section({
    bootstrap: section({ enable: bool(true), allowPrivateIps: bool(), retentionPeriod: duration(HOUR) }),
  }),
  registration: section({ addresses: list(text()) }),
  gossipsub: section({
    peerOutboundQueueSize: int(32),
    validateQueueSize: int(32),
    validateConcurrency: int(1024),
    validateThrottle: int(8192),
  }),
  peerManager: section({ connectednessLowWater: float64(0.2) }),
  connectionManager: section({
    maxNumPeers: int(100),
    peerGracePeriod: duration(20 * SECOND),
    persistentPeers: list(text()),
  }),
  connectionGater: section({ blockedPeers: list(text()) }),
});

/** The whole file. */
export const configTable = section({
  mode: parsed<string>("NodeMode", "client", (source) => source),
  common,
  genesis: section({ file: text("genesis.json") }),
  consensus,
  runtime,
  p2p,
  ias: section({ proxyAddresses: list(text()), debugSkipVerify: bool() }),
  pprof: section({ bindAddress: text() }),
  metrics: section({
    mode: text("none"),
    address: text("127.0.0.1:3000"),
    jobName: text(),
    labels: textMap(),
    interval: duration(5 * SECOND),
  }),
  registration: section({ entity: text(), entityId: text() }),
  keymanager: section({
    runtimeId: text(),
    privatePeerPubKeys: list(text()),
    churp: section({ schemes: list(section({ id: uint8() })) }),
  }),
  storage: section({
    backend: text("auto"),
    maxCacheSize: text("256mb"),
    fetcherCount: uint(4),
    publicRpcEnabled: bool(),
    checkpointSyncDisabled: bool(),
    checkpointer: section({ enabled: bool(), checkInterval: duration(MINUTE), parallelChunker: bool() }),
  }),
  sentry: section({
    enabled: bool(),
    control: section({ port: uint16(9009), authorizedPubkeys: list(text()) }),
  }),
});

/** A configuration as the file's text says, before its modes are known to be right. */
export type ParsedConfig = ValueOf<typeof configTable>;
/** A configuration that passed all checks. */
export type Config = Omit<ParsedConfig, "mode"> & { readonly mode: Mode };
