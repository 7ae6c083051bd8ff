// The chain as the workers see it.
import type { StateMachine } from "@wadi/apps";
import type { ConsensusBackend, ServiceEvents, StreamedEvents } from "@wadi/consensus";
import type { NodeDb } from "@wadi/mkvs";
import type { Signer } from "@wadi/crypto";
import type { Namespace, roothash } from "@wadi/types";

/** A call of a consensus method with everything but nonce and fee. */
export interface ConsensusCall {
  readonly method: string;
  /** CBOR of the body. */
  readonly body: Uint8Array | null;
}

/** A block that is final, with the events of the consensus services. */
export interface ConsensusNews {
  readonly height: number;
  readonly events: ServiceEvents & StreamedEvents;
}

/** The state of the chain, for those who need no more. */
export interface ChainReader {
  readonly backend: Pick<ConsensusBackend, "isSynced"> & {
    readonly machine: Pick<StateMachine, "lastHeight" | "stateAt">;
  };
}

export interface ConsensusPort {
  readonly backend: ConsensusBackend;
  /** The states, for proofs. */
  readonly stateDatabase: NodeDb;
  /** Tells of every block after its state is there, in order. Returns how to end it. */
  subscribe(listener: (news: ConsensusNews) => void): () => void;
  /** Tells of executor commitments in the mempool, unverified. Returns how to end it. */
  watchCommitments(listener: (runtimeId: Namespace, commitment: roothash.ExecutorCommitment) => void): () => void;
  /** Sends a transaction of one of the node's keys; resolves when it is in a block and succeeded. */
  submit(signer: Signer, call: ConsensusCall, signal?: AbortSignal): Promise<void>;
}
