// What a host must be able to do for its runtimes: each a small interface, so that a node, a test
// and a developer's tool can bring their own. Reference: go/runtime/registry/handler.go.
import type { ProvenTransaction } from "@wadi/runtime-protocol";
import type { ReadSyncer } from "@wadi/mkvs";
import type { consensus, Namespace, PublicKey, results } from "@wadi/types";

export interface ServiceCall {
  /** Aborted when the runtime's connection ends. */
  readonly signal: AbortSignal;
}

type Awaitable<T> = Promise<T> | T;

/** Raw key-value storage of one runtime on this node. */
export interface LocalStorage {
  get(key: Uint8Array): Awaitable<Uint8Array | undefined>;
  set(key: Uint8Array, value: Uint8Array): Awaitable<void>;
}

/** Light blocks and validator sets, trusted or not; height 0n is the latest. */
export interface LightBlockSource {
  lightBlock(height: bigint, call: ServiceCall): Awaitable<consensus.LightBlock>;
  validators(height: bigint, call: ServiceCall): Awaitable<consensus.Validators>;
}

/** The local consensus node. */
export interface ConsensusSource extends LightBlockSource {
  /** Events of one module, see `eventKinds` (@wadi/runtime-protocol). */
  events(height: bigint, kind: EventModule, call: ServiceCall): Awaitable<readonly results.Event[]>;
  transactionsWithProofs(height: bigint, call: ServiceCall): Awaitable<consensus.TransactionsWithProofs>;
  genesisHeight(): Awaitable<bigint>;
}

export type EventModule = "staking" | "registry" | "roothash" | "governance";

export interface NodeIdentity {
  readonly nodeId: PublicKey;
}

/** Submits `registry.ProveFreshness` as the node and waits for its inclusion. */
export interface FreshnessProver {
  proveFreshness(blob: Uint8Array, call: ServiceCall): Promise<ProvenTransaction>;
}

/** A call to one of the enclaves of the key manager's nodes. */
export interface EnclaveCall {
  readonly request: Uint8Array;
  /** See `rpcKinds` (@wadi/runtime-protocol). */
  readonly kind: number;
  /** Nodes to choose from; none stands for all. */
  readonly nodes: readonly PublicKey[];
}

export interface EnclaveAnswer {
  readonly response: Uint8Array;
  /** The node that answered. */
  readonly node: PublicKey;
}

/** The way to the runtime's key manager. Feedback: see `peerFeedbacks` (@wadi/runtime-protocol). */
export interface KeyManagerClient {
  call(requestId: bigint, call: EnclaveCall, context: ServiceCall): Promise<EnclaveAnswer>;
  /** Old style: rates the node that answered the previous call. */
  callRatingPrevious(feedback: number, call: EnclaveCall, context: ServiceCall): Promise<EnclaveAnswer>;
  /** Rates the node that answered the call of this number. */
  submitPeerFeedback(requestId: bigint, feedback: number): void;
}

/** The transactions that a scheduling runtime may still add to its batch. */
export interface TransactionSource {
  /** At most `limit` further transactions of the open scheduling session. */
  nextTransactions(limit: number): Awaitable<readonly Uint8Array[]>;
}

/** What a compute runtime asks of its host. What is absent is answered with an error. */
export interface HostServices {
  readonly identity: NodeIdentity;
  readonly consensusStorage: ReadSyncer;
  /** The runtime's own state; key managers have none. */
  readonly runtimeStorage?: ReadSyncer;
  readonly localStorage: LocalStorage;
  readonly consensus: ConsensusSource;
  /** Asked for light blocks that the local node does not have. */
  readonly lightProvider?: LightBlockSource;
  readonly freshness?: FreshnessProver;
  readonly keyManager?: KeyManagerClient;
  readonly transactions?: TransactionSource;
}

/** A transaction of a ROFL component for some runtime. */
export interface TransactionSubmission {
  readonly runtimeId: Namespace;
  readonly data: Uint8Array;
}

/** Where a submitted transaction ended. */
export interface SubmittedTransaction {
  readonly output: Uint8Array;
  readonly round: bigint;
  readonly batchOrder: number;
}

export interface TransactionSubmitter {
  /** Submits and does not wait. */
  submit(submission: TransactionSubmission, call: ServiceCall): Promise<void>;
  /** Waits for inclusion. Rejects with ErrRuntimeClientCheckTxFailed if the check fails. */
  submitAndWait(submission: TransactionSubmission, call: ServiceCall): Promise<SubmittedTransaction>;
}
