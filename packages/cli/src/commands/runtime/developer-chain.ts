// A chain of one runtime in memory: each block holds what was submitted. There is no consensus and
// nobody to disagree; every batch is scheduled, executed a second time from its inputs, and checked.
import { EMPTY_HASH, testSigner } from "@wadi/crypto";
import {
  openNodeDb,
  proveGet,
  proveIterate,
  provePrefixes,
  readTags,
  readTransactions,
  RootType,
  Tree,
  type NodeDb,
  type ReadSyncer,
  type RuntimeTransaction,
  type StoredTag,
} from "@wadi/mkvs";
import {
  checkTransactions,
  commitBatch,
  executeBatch,
  type BatchRequest,
  type CheckedTransaction,
  type HostedRuntime,
  type HostServices,
  queryRuntime,
  scheduleBatch,
  verifyBatch,
} from "@wadi/runtime-host";
import { roothash, type Hash, type Namespace } from "@wadi/types";

/** What a block did. */
export interface BlockReport {
  readonly round: bigint;
  readonly stateRoot: Hash;
  readonly ioRoot: Hash;
  readonly transactions: readonly RuntimeTransaction[];
  readonly tags: readonly StoredTag[];
  readonly messages: readonly roothash.Message[];
  /** Inputs that the runtime did not want, by hash. */
  readonly rejected: readonly Hash[];
  readonly stateChanges: number;
}

type BatchRuntime = Pick<HostedRuntime, "request" | "abort">;

const BATCH_TIMEOUT_MS = 30_000;
const MAX_MESSAGES = 32;

function treeAt(db: NodeDb, root: ConstructorParameters<typeof Tree>[1]): Tree {
  return new Tree(db, root);
}

/** Answers from the database, each from the tree that is asked for. */
function databaseSyncer(db: NodeDb): ReadSyncer {
  return {
    syncGet: async (request) => proveGet(treeAt(db, request.tree.root), request),
    syncGetPrefixes: async (request) => provePrefixes(treeAt(db, request.tree.root), request),
    syncIterate: async (request) => proveIterate(treeAt(db, request.tree.root), request),
  };
}

export class DeveloperChain implements AsyncDisposable {
  readonly #db: NodeDb;
  readonly #namespace: Namespace;
  #header: roothash.Header;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
    this.#db = openNodeDb({ namespace });
    this.#header = roothash.emptyHeader({
      namespace,
      timestamp: BigInt(Math.floor(Date.now() / 1000)),
      headerType: roothash.headerTypes.normal,
    });
  }

  get header(): roothash.Header {
    return this.#header;
  }

  /** What the runtime may ask for. */
  get services(): HostServices {
    const stored = new Map<string, Uint8Array>();
    const keyOf = (key: Uint8Array): string => Buffer.from(key).toString("hex");
    const none = async (): Promise<never> => Promise.reject(new Error("there is no consensus layer"));
    const lightBlock = async () => ({ height: this.#consensusHeight, meta: null });
    return {
      identity: { nodeId: testSigner("developer node").publicKey },
      consensusStorage: { syncGet: none, syncGetPrefixes: none, syncIterate: none },
      runtimeStorage: databaseSyncer(this.#db),
      localStorage: { get: (key) => stored.get(keyOf(key)), set: (key, value) => void stored.set(keyOf(key), value) },
      consensus: {
        lightBlock,
        validators: lightBlock,
        events: () => [],
        transactionsWithProofs: none,
        genesisHeight: () => 1n,
      },
    };
  }

  check(runtime: BatchRuntime, inputs: readonly Uint8Array[]): Promise<CheckedTransaction[]> {
    return checkTransactions(runtime, this.#request(), inputs);
  }

  query(runtime: BatchRuntime, method: string, args: Uint8Array): Promise<Uint8Array> {
    return queryRuntime(runtime, this.#request(), { method, args }, { timeoutMs: BATCH_TIMEOUT_MS });
  }

  /** Lets the runtime make a block of the inputs. Rejects if a second execution gives something else. */
  async addBlock(runtime: BatchRuntime, inputs: readonly Uint8Array[]): Promise<BlockReport> {
    const request = this.#request();
    const options = { timeoutMs: BATCH_TIMEOUT_MS };
    const scheduled = await scheduleBatch(runtime, request, inputs, { ...options, initialBatchSize: inputs.length });
    const proposal = verifyBatch(scheduled, request);
    const io = Tree.empty(RootType.io);
    for (const { key, value } of scheduled.txInputWriteLog) if (value !== null) io.insert(key, value);
    const ordered = readTransactions(io).map(({ input }) => input);
    const ioRoot = scheduled.txInputRoot;
    const executed = verifyBatch(await executeBatch(runtime, request, ordered, { ...options, ioRoot }), request, {
      ioRoot,
      store: this.#db,
    });
    if (executed.ioRoot !== proposal.ioRoot || executed.stateRoot !== proposal.stateRoot) {
      throw new Error("the runtime is not deterministic: a second execution of the batch gave another result");
    }
    commitBatch(this.#db, request.block.header, executed);
    return this.#finalize(scheduled, executed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#db.close();
  }

  #finalize(
    { batch, txRejectHashes }: Awaited<ReturnType<typeof scheduleBatch>>,
    { round, ioRoot, stateRoot }: ReturnType<typeof verifyBatch>,
  ): BlockReport {
    const root = { namespace: this.#namespace, version: round };
    const io = { ...root, type: RootType.io, hash: ioRoot };
    this.#db.finalize([io, { ...root, type: RootType.state, hash: stateRoot }]);
    const { messagesHash, inMsgsHash } = batch.header;
    this.#header = {
      ...this.#header,
      round,
      timestamp: BigInt(Math.floor(Date.now() / 1000)),
      previousHash: roothash.headerHash(this.#header),
      ioRoot,
      stateRoot,
      messagesHash: messagesHash ?? EMPTY_HASH,
      inMsgsHash: inMsgsHash ?? EMPTY_HASH,
    };
    const tree = treeAt(this.#db, io);
    return {
      round,
      stateRoot,
      ioRoot,
      transactions: readTransactions(tree),
      tags: readTags(tree),
      messages: batch.messages,
      rejected: txRejectHashes,
      stateChanges: batch.stateWriteLog.length,
    };
  }

  get #consensusHeight(): number {
    return Number(this.#header.round) + 1;
  }

  #request(): BatchRequest {
    return {
      block: { header: this.#header },
      consensusBlock: { height: this.#consensusHeight, meta: null },
      epoch: 1n,
      maxMessages: MAX_MESSAGES,
      roundResults: roothash.RoundResults.zero(),
      incoming: [],
    };
  }
}
