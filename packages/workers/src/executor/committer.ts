// Commits to what a batch gave: it is stored, signed, noted, shown and sent, in this order.
import { encodeCbor } from "@wadi/codec";
import type { ChainContext, Signer } from "@wadi/crypto";
import { RootType, type NodeDb } from "@wadi/mkvs";
import { ErrBatchRefused, commitBatchInSlices, type VerifiedBatch } from "@wadi/runtime-host";
import type { Logger } from "@wadi/telemetry";
import { roothash, transaction, type Hash, type Namespace, type PublicKey } from "@wadi/types";
import { WadiError, isError } from "@wadi/util";

import type { ConsensusPort } from "../consensus-port.ts";
import { ErrExecutor } from "../errors.ts";
import type { PeerNetwork } from "../peer-network.ts";
import { signCommitment, signFailure, type CommitmentSigner } from "./commitments.ts";
import type { RoundScope } from "./round-in-progress.ts";
import { firstSigned, type KeptCommitment, type SignedCommitments } from "./signed-commitments.ts";

/** A commitment that was not accepted is sent again after so long. */
const RETRY_MS = 250;

export interface CommitterDeps {
  readonly consensus: Pick<ConsensusPort, "submit">;
  readonly peers: Pick<PeerNetwork, "publishProposal">;
  readonly storage: NodeDb;
  readonly signer: Signer;
  readonly runtimeId: Namespace;
  readonly chain: ChainContext;
  readonly signed: SignedCommitments;
  readonly log: Logger;
}

/** A batch that was executed here. */
export interface ExecutedBatch {
  readonly schedulerId: PublicKey;
  readonly verified: VerifiedBatch;
  /** Its transactions, in order. */
  readonly hashes: readonly Hash[];
  /** The node's own; null for that of another. */
  readonly proposal: roothash.Proposal | null;
}

export class Committer {
  readonly #deps: CommitterDeps;
  readonly #by: CommitmentSigner;

  constructor(deps: CommitterDeps) {
    const { chain, runtimeId, signer } = deps;
    this.#deps = deps;
    this.#by = { signer, runtimeId, chain };
  }

  /**
   * Stores what the batch gave and commits to it; an own proposal is shown to others with that. Resolves
   * when the commitment is signed and noted: it is sent until the round is over. Rejects with
   * ErrBatchRefused where the batch contradicts itself, with what the database gives for an own batch that
   * cannot be stored, with ErrExecutor where the round has a commitment already whose batch is lost, and
   * with the signal's reason.
   */
  async commit(
    round: RoundScope,
    { hashes, proposal, schedulerId, verified }: ExecutedBatch,
    signal: AbortSignal,
  ): Promise<void> {
    const { log, peers, runtimeId, signer, storage } = this.#deps;
    try {
      await commitBatchInSlices(storage, round.block.block.header, verified, { signal });
      // What is committed to must be there after a crash: nobody else may have it.
      await storage.sync();
    } catch (error) {
      signal.throwIfAborted();
      // A contradiction is the runtime's. Others may execute what this node cannot store; a scheduler
      // must not say that it cannot.
      if (isError(error, ErrBatchRefused) || schedulerId === signer.publicKey) throw error;
      log.error("the batch could not be stored", { round: verified.round, err: error as Error });
      this.commitFailure(round, schedulerId);
      return;
    }
    signal.throwIfAborted();
    const commitment = signCommitment(this.#by, schedulerId, verified.response);
    const kept = this.#keep({ commitment, hashes, proposal });
    // Not before: what comes to nothing is scheduled anew, and two proposals for a round are an offence.
    if (kept.proposal !== null) {
      const { validFor: epoch } = round.setting.committee;
      peers.publishProposal(runtimeId, { epoch, proposal: kept.proposal });
    }
    round.committed.set(kept.commitment.header.header.ioRoot ?? verified.ioRoot, kept.hashes);
    round.beside(this.#deliver(round, kept.commitment));
  }

  /** Commits to the failure of a scheduler's batch. Throws ErrExecutor as `commit` rejects with it. */
  commitFailure(round: RoundScope, schedulerId: PublicKey): void {
    const { previousHash, round: number } = round.setting;
    const commitment = signFailure(this.#by, schedulerId, number, previousHash);
    const kept = this.#keep({ commitment, hashes: [], proposal: null });
    round.beside(this.#deliver(round, kept.commitment));
  }

  /**
   * What leaves the node for a round and a scheduler: the first that was signed, also before a
   * restart. Throws where its batch is not here any more, as nothing else may be committed to then.
   */
  #keep(signed: KeptCommitment): KeptCommitment {
    const { log, runtimeId, signed: before, storage } = this.#deps;
    const { header } = signed.commitment.header;
    const first = firstSigned(before, signed);
    if (first === signed) return signed;
    const { ioRoot, stateRoot } = first.commitment.header.header;
    const isHere = (type: RootType, hash: Hash | null): boolean =>
      hash === null || storage.hasRoot({ namespace: runtimeId, version: header.round, type, hash });
    if (!isHere(RootType.io, ioRoot) || !isHere(RootType.state, stateRoot)) {
      throw new WadiError(ErrExecutor, { context: `round ${header.round} has a commitment whose batch is lost` });
    }
    log.info("the commitment that was signed before is sent again", { round: header.round });
    return first;
  }

  /** Sends a commitment until it is in a block, consensus refuses it for good, or the round is over. Never rejects. */
  async #deliver(scope: RoundScope, commitment: roothash.ExecutorCommitment): Promise<void> {
    const { consensus, log, runtimeId, signer } = this.#deps;
    const { signal } = scope;
    const body = encodeCbor(roothash.ExecutorCommit, { id: runtimeId, commits: [commitment] });
    const call = { method: transaction.methods.executorCommit.name, body };
    const { round } = commitment.header.header;
    while (!signal.aborted) {
      try {
        await consensus.submit(signer, call, signal);
        return;
      } catch (err) {
        if (signal.aborted) return;
        log.warn("the commitment was not accepted", { round, err: err as Error });
        if (isFinalRefusal(err)) return;
      }
      await scope.pause(RETRY_MS, signal).catch(() => undefined);
    }
  }
}

/** What roothash says of a commitment will not change in the round; other refusals may pass. */
function isFinalRefusal(error: unknown): boolean {
  return error instanceof WadiError && error.module.startsWith("roothash");
}
