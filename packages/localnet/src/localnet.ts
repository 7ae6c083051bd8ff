// A network in one process: one node that validates, computes and hosts a runtime.
import { addAbortListener } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Status } from "@wadi/api";
import { MemorySigner, loadOrCreateIdentity, stakingAddress, type NodeIdentity, type Signer } from "@wadi/crypto";
import {
  STORE_NAME,
  bundlesFolder,
  lockDataDirectory,
  nodeError,
  openDataDirectory,
  runNode,
  readNamedBundle,
  type NodeOptions,
  type RunningNode,
  type StartStep,
  type NamedBundle,
} from "@wadi/node";
import { RpcConnection } from "@wadi/rpc";
import { Logging, type LogFormat, type Thresholds } from "@wadi/telemetry";
import { genesis, type Namespace, type registry } from "@wadi/types";
import { must } from "@wadi/util";
import type { RuntimeWorker, TransactionResult } from "@wadi/workers";

import { ACCOUNT_NAMES, LOCAL_ADDRESS, accountSigner, entitySigner, localGenesis } from "./genesis.ts";

export interface LocalnetOptions {
  /** The bundle of the runtime. */
  readonly runtime: string;
  /** Where the network lives between runs; without one it lives in a folder that is removed at the end. */
  readonly dataDir?: string;
  /** Where the bundle is unpacked, if it is not to be unpacked for each network. Default: in the data directory. */
  readonly bundlesFolder?: string;
  /** Forget what the data directory holds. */
  readonly reset?: boolean;
  /** Blocks of an epoch; without it epochs begin with `setEpoch`. */
  readonly epochInterval?: bigint;
  /** Milliseconds between blocks; without it blocks are made as there is something for them. */
  readonly blockTimeMs?: number;
  /** `unconfined` runs the runtime without sandbox. */
  readonly provisioner?: "sandboxed" | "unconfined";
  readonly sandboxBinary?: string;
  /** What each of its large databases may hold in memory; default: 8 MiB of nodes, 8 MiB of the file. */
  readonly memory?: NodeOptions["memory"];
  /** Told of each step when it is done. */
  readonly onStep?: (step: BootStep) => void;
  /** Ends a start that is under way: it rejects with the signal's reason when nothing runs any more. */
  readonly signal?: AbortSignal;
  /** Takes lines of the log; nothing is written by default. */
  readonly log?: {
    readonly format: LogFormat;
    readonly thresholds: Thresholds;
    readonly write: (line: string) => void;
  };
}

export interface LocalAccount {
  readonly name: string;
  readonly address: string;
  readonly signer: Signer;
}

/** What a network has behind it while it starts, in the order in which it usually comes. */
export type BootStep = "identity" | "bundle" | "genesis" | StartStep | "committee" | "runtime" | "registered";

const noQuotes: registry.QuoteVerifier = {
  verifyQuote() {
    throw new Error("a local network takes no attestations");
  },
};

/** Without anything to do a block comes this often, for what is counted in blocks. */
const HEARTBEAT_MS = 1000;

/**
 * Of each database: the states of a local network are small, and what the caches could keep beyond
 * them is old versions that nobody asks for.
 */
const MEMORY = { cacheBytes: 8 << 20, residentBytes: 8 << 20 };

/** Test keys and unsafe parameters are what a local network is made of. */
const DEBUG = { dontBlameOasis: true, allowTestKeys: true, skipQuoteVerification: false, allowDebugEnclaves: false };

/**
 * Starts a network; it takes transactions when this resolves. Dispose it to stop it. Rejects with what keeps
 * a node from starting, or stops it before that; nothing runs then.
 */
export async function startLocalnet(options: LocalnetOptions): Promise<Localnet> {
  const { onStep = () => undefined, signal } = options;
  signal?.throwIfAborted();
  await using resources = new AsyncDisposableStack();
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "wadi-localnet-"));
  if (options.dataDir === undefined) resources.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  openDataDirectory(dataDir);
  const lock = resources.use(lockDataDirectory(dataDir));
  if (options.reset === true) forget(dataDir);
  const { format = "logfmt", thresholds = { default: "error" }, write = () => undefined } = options.log ?? {};
  const logging = new Logging({ format, thresholds, write });
  const identity = loadOrCreateIdentity(dataDir, { nowSeconds: Math.floor(Date.now() / 1000) });
  onStep("identity");
  const bundles = options.bundlesFolder ?? bundlesFolder(dataDir);
  const bundle = await readNamedBundle(options.runtime, bundles);
  onStep("bundle");
  signal?.throwIfAborted();
  const document = openGenesis(dataDir, identity, bundle, options);
  onStep("genesis");
  const node = resources.use(
    await runNode({
      document,
      dataDir,
      identity,
      mode: "compute",
      validator: true,
      bundles: [options.runtime],
      bundlesFolder: bundles,
      entityId: entitySigner().publicKey,
      addresses: {
        p2pAddresses: [LOCAL_ADDRESS],
        consensusAddresses: [{ id: identity.p2p.publicKey, address: LOCAL_ADDRESS }],
      },
      debug: DEBUG,
      debugSigner: entitySigner(),
      quotes: noQuotes,
      logging,
      lock,
      shutDown: "at-once",
      // The only validator: without it no block is made any more, also none that registers it again.
      renewsUnready: true,
      memory: options.memory ?? MEMORY,
      onStep,
      ...(signal && { signal }),
      provisioner: options.provisioner ?? "sandboxed",
      ...(options.sandboxBinary === undefined ? {} : { sandboxBinary: options.sandboxBinary }),
      ...(options.blockTimeMs === undefined
        ? { engine: { proofBlocks: false, emptyBlocksIntervalMs: HEARTBEAT_MS } }
        : {}),
    }),
  );
  const network = new Localnet(node, bundle.runtimeId, resources.move());
  try {
    await network.begin(document.beacon.params.debugMockBackend, onStep, signal);
    return network;
  } catch (e) {
    await network[Symbol.asyncDispose]();
    throw e;
  }
}

/** Removes everything from a data directory that this process has locked, but the lock. */
function forget(dataDir: string): void {
  const remove = (path: string): void => rmSync(path, { recursive: true, force: true });
  for (const name of readdirSync(dataDir)) if (name !== STORE_NAME) remove(join(dataDir, name));
  const store = join(dataDir, STORE_NAME);
  for (const name of readdirSync(store)) if (!name.startsWith("engine.lock")) remove(join(store, name));
}

/** The document of the data directory, made where there is none. */
function openGenesis(
  dataDir: string,
  identity: NodeIdentity,
  bundle: NamedBundle,
  { blockTimeMs, epochInterval }: LocalnetOptions,
): genesis.Document {
  const path = join(dataDir, "genesis.json");
  if (existsSync(path)) return requireRuntime(genesis.parseGenesis(readFileSync(path)), bundle, dataDir);
  const ms = Date.now();
  const document = localGenesis({
    identity,
    tls: new MemorySigner(identity.tls.key.exportSeed()),
    bundle,
    now: { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 },
    ...(epochInterval === undefined ? {} : { epochInterval }),
    ...(blockTimeMs === undefined ? {} : { blockTimeMs }),
  });
  // In one step: half a document would keep the network from ever starting again.
  writeFileSync(`${path}.tmp`, genesis.printGenesis(document), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
  return document;
}

/** The network of a data directory has one runtime for good. */
function requireRuntime(document: genesis.Document, { runtimeId }: NamedBundle, dataDir: string): genesis.Document {
  if (document.registry.runtimes?.some(({ id }) => id === runtimeId) === true) return document;
  throw nodeError(`the network in ${dataDir} has another runtime than ${runtimeId}; start it anew with a reset`);
}

/** A running local network. */
export class Localnet implements AsyncDisposable {
  readonly node: RunningNode;
  readonly runtimeId: Namespace;
  /** Accounts that have money. */
  readonly accounts: readonly LocalAccount[] = ACCOUNT_NAMES.map((name) => {
    const signer = accountSigner(name);
    return { name, signer, address: stakingAddress(signer.publicKey) };
  });
  readonly #resources: AsyncDisposableStack;
  readonly #stop = new AbortController();
  #disposal: Promise<void> | undefined;

  /** See `startLocalnet`. */
  constructor(node: RunningNode, runtimeId: Namespace, resources: AsyncDisposableStack) {
    this.node = node;
    this.runtimeId = runtimeId;
    this.#resources = resources;
  }

  /** The socket of the node, for clients and the command line. */
  get socket(): string {
    return this.node.socket;
  }

  get worker(): RuntimeWorker {
    return must(this.node.workers.get(this.runtimeId), "the runtime's worker");
  }

  get status(): Status {
    return this.node.status();
  }

  /**
   * Once, by `startLocalnet`: waits until the node is ready and registered and a committee stands. Rejects
   * with why the node stopped before that, and with the signal's reason.
   */
  async begin(isMock: boolean, onStep: (step: BootStep) => void, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { ready, registration, stopped } = this.node;
    const { runtime } = this.worker;
    const ended = Promise.withResolvers<never>();
    using _listener = signal && addAbortListener(signal, () => ended.reject(signal.reason));
    void stopped.then(({ error }) => ended.reject(error ?? new Error("the node has stopped")));
    // Once the network is up its owner is told of that by the node.
    ended.promise.catch(() => undefined);
    const endWatch = runtime.watch(({ type }) => {
      if (type === "started") onStep("runtime");
    });
    try {
      const begun = Promise.all([
        this.#awaitCommittee(isMock).then(() => onStep("committee")),
        registration.registered.then(() => onStep("registered")),
        ready,
      ]);
      await Promise.race([begun, ended.promise]);
    } finally {
      endWatch();
    }
  }

  /** Executes a transaction of the runtime; resolves with its output when the round is final. */
  submit(raw: Uint8Array): Promise<TransactionResult> {
    return this.worker.client.submit(raw);
  }

  /** Asks the runtime about its latest state. */
  query(method: string, args: Uint8Array): Promise<Uint8Array> {
    return this.worker.client.query(this.worker.latest, method, args, this.#stop.signal);
  }

  setEpoch(epoch: bigint): Promise<void> {
    return this.node.setEpoch(epoch);
  }

  /** A client of the runtime over the socket, as other programs have it. */
  connect(): RpcConnection {
    return new RpcConnection(`unix:${this.socket}`);
  }

  /** Resolves when nothing of the network runs any more. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the network stops"));
    return (this.#disposal ??= this.#resources.disposeAsync());
  }

  /** Where nothing else begins epochs, this begins the first one with a committee. */
  async #awaitCommittee(isMock: boolean): Promise<void> {
    const { backend } = this.node;
    while (backend.machine.lastHeight === 0) await this.#nextBlock();
    // The genesis document has the node with its runtime, so nobody need be waited for.
    if (isMock && this.#committee() === null) await this.setEpoch(backend.status().latestEpoch + 1n);
    while (this.#committee() === null) await this.#nextBlock();
  }

  #committee(): unknown {
    return this.worker.latestState().committee;
  }

  async #nextBlock(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal } = this.#stop;
    const wake = (): void => resolve();
    const end = this.node.consensus.subscribe(wake);
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    end();
    signal.removeEventListener("abort", wake);
    signal.throwIfAborted();
  }
}
