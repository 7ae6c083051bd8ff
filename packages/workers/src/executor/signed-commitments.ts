// What a node has committed to and proposed in the round in progress, kept over a kill: two different
// commitments or proposals for one round are an offence, whichever way the second one came about.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { decodeCbor, encodeCbor, isDecodeError, list, nullable, optional, struct, u64, type TypeOf } from "@wadi/codec";
import { Hash, roothash, type PublicKey } from "@wadi/types";

const KeptCommitment = struct("wadi.KeptCommitment", {
  commitment: roothash.ExecutorCommitment,
  /** The transactions of the batch, in order. */
  hashes: list(Hash),
  /** Null where the batch is somebody else's. */
  proposal: optional(nullable(roothash.Proposal)),
});
export type KeptCommitment = TypeOf<typeof KeptCommitment>;

const KeptRound = struct("wadi.KeptRound", { round: u64, commitments: list(KeptCommitment) });
type KeptRound = TypeOf<typeof KeptRound>;

const NOTHING: KeptRound = { round: 0n, commitments: [] };

export interface SignedCommitments {
  /** What was committed to for a round and a scheduler. */
  find(round: bigint, schedulerId: PublicKey): KeptCommitment | undefined;
  /** Before the commitment leaves the node. Throws what the disk throws. */
  keep(kept: KeptCommitment): void;
}

/** What may leave the node in place of `signed`: the first that was signed for its round and scheduler. It is kept. */
export function firstSigned(before: SignedCommitments, signed: KeptCommitment): KeptCommitment {
  const { header, schedulerId } = signed.commitment.header;
  const first = before.find(header.round, schedulerId);
  if (first === undefined) before.keep(signed);
  return first ?? signed;
}

/** For as long as the process runs. */
export class CommitmentsInMemory implements SignedCommitments {
  #last = NOTHING;

  find(round: bigint, schedulerId: PublicKey): KeptCommitment | undefined {
    return findIn(this.#last, round, schedulerId);
  }

  keep(kept: KeptCommitment): void {
    this.#last = withKept(this.#last, kept);
  }
}

/**
 * In a file, which is replaced as a whole. It is not forced onto the disk: it is for kills of the
 * process, and a machine that fails rarely comes back within a round.
 */
export class CommitmentFile implements SignedCommitments {
  readonly #path: string;
  #last: KeptRound;

  /** A file that does not decode is as good as none. Throws what reading it throws. */
  constructor(path: string) {
    this.#path = path;
    this.#last = read(path);
  }

  find(round: bigint, schedulerId: PublicKey): KeptCommitment | undefined {
    return findIn(this.#last, round, schedulerId);
  }

  keep(kept: KeptCommitment): void {
    const next = withKept(this.#last, kept);
    const partial = `${this.#path}.tmp`;
    writeFileSync(partial, encodeCbor(KeptRound, next), { mode: 0o600 });
    renameSync(partial, this.#path);
    this.#last = next;
  }
}

function findIn(last: KeptRound, round: bigint, schedulerId: PublicKey): KeptCommitment | undefined {
  if (round !== last.round) return undefined;
  return last.commitments.find(({ commitment }) => commitment.header.schedulerId === schedulerId);
}

/** Of another round nothing is kept. */
function withKept(last: KeptRound, kept: KeptCommitment): KeptRound {
  const { round } = kept.commitment.header.header;
  return { round, commitments: [...(round === last.round ? last.commitments : []), kept] };
}

function read(path: string): KeptRound {
  try {
    return decodeCbor(KeptRound, readFileSync(path), "trusted");
  } catch (e) {
    if (isDecodeError(e) || (e as NodeJS.ErrnoException).code === "ENOENT") return NOTHING;
    throw e;
  }
}
