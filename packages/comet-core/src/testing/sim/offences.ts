// Double votes: which were seen by whom, and which are proved by a block.
import { evidenceHash, type ConsensusAddress, type Evidence, type Vote } from "@wadi/comet-types";
import { DEFAULT_EVIDENCE_LIMITS } from "../../evidence/pool.ts";

/**
 * A block with so many proofs against one validator: by then pools may have been at their limit,
 * and have dropped further ones.
 */
const MANY_PROOFS = DEFAULT_EVIDENCE_LIMITS.maxPerValidator / 2;

interface Offence {
  readonly address: ConsensusAddress;
  readonly height: number;
  /** Nodes that know of it. */
  readonly witnesses: Set<number>;
}

const nameOf = (address: ConsensusAddress, height: number): string => `${address} at ${height}`;

export class Offences {
  /** By name; all that no block proves yet. */
  readonly #unproved = new Map<string, Offence>();
  readonly #proved = new Set<string>();
  /** Hashes of the evidence in blocks. */
  readonly #evidence = new Set<string>();

  /** A node has seen two votes of a validator for one step; it remembers until it stops. */
  seen(node: number, { validatorAddress: address, height }: Vote): void {
    const name = nameOf(address, height);
    if (this.#proved.has(name)) return;
    const offence = this.#unproved.get(name) ?? { address, height, witnesses: new Set() };
    this.#unproved.set(name, offence);
    offence.witnesses.add(node);
  }

  /** A node stopped: what it had not yet turned into evidence is lost. */
  forgot(node: number): void {
    for (const [name, { witnesses }] of this.#unproved) {
      witnesses.delete(node);
      if (witnesses.size === 0) this.#unproved.delete(name);
    }
  }

  /** A block has this evidence; returns one that was in a block before, if any. */
  proved(height: number, list: readonly Evidence[]): Evidence | undefined {
    const counts = new Map<ConsensusAddress, number>();
    for (const evidence of list) {
      const hash = evidenceHash(evidence);
      if (this.#evidence.has(hash)) return evidence;
      this.#evidence.add(hash);
      if (evidence.kind !== "duplicate-vote") continue;
      const { validatorAddress: address, height: at } = evidence.voteA;
      this.#proved.add(nameOf(address, at));
      this.#unproved.delete(nameOf(address, at));
      counts.set(address, (counts.get(address) ?? 0) + 1);
    }
    for (const [name, offence] of this.#unproved) {
      const isExcused = (counts.get(offence.address) ?? 0) >= MANY_PROOFS && offence.height <= height;
      if (isExcused) this.#unproved.delete(name);
    }
    return undefined;
  }

  /** Those below a height that no block proves, in words. */
  unproved(height: number): readonly string[] {
    const open = [...this.#unproved].filter(([, offence]) => offence.height < height);
    return open.map(([name, { witnesses }]) => `${name} (seen by ${[...witnesses].join(" ")})`);
  }

  /** Number of validators and heights that are proved. */
  get provedCount(): number {
    return this.#proved.size;
  }
}
