// How elections draw lots: from the beacon by a deterministic generator, or from the outputs of
// the nodes' VRF proofs. Reference: go/consensus/cometbft/apps/scheduler/shuffle.go, scheduler.go (initRNG).
import { HmacDrbg, MathRand, tupleHasher256 } from "@wadi/crypto";
import { pack } from "@wadi/mkvs";
import type { Namespace, PublicKey, scheduler, signature } from "@wadi/types";
import { fromHex, utf8 } from "@wadi/util";

import { epochElement } from "../beacon/derivations.ts";
import { provenOutput } from "../beacon/proofs.ts";

const DIGEST_SIZE = 32;
const NO_NONCE = new Uint8Array(0);

/** Draws from the beacon. A purpose that is not drawn for each runtime has no nonce. */
export function drawing(beacon: Uint8Array, purpose: string, nonce: Uint8Array = NO_NONCE): MathRand {
  return new MathRand(new HmacDrbg("sha512", beacon, nonce, utf8(purpose)));
}

/** What the outputs of proofs are hashed for. */
export const lotDomains = {
  validators: "oasis-core:vrf/validator",
  committee: "oasis-core:vrf/committee",
  /** Which nodes of an entity may take part. */
  entityNodes: "oasis-core:vrf/dedup",
} as const;
export type LotDomain = (typeof lotDomains)[keyof typeof lotDomains];

/** The seats that lots are drawn for, where there are several draws in an epoch. */
export interface Seats {
  readonly runtime: Namespace;
  readonly kind: scheduler.CommitteeKind;
  readonly role: scheduler.Role;
}

/** The lots of an election by VRF: nodes in order of their hashed outputs. */
export class ProvenLots {
  /** False after an epoch whose input had too few proofs behind it. */
  readonly canElectCommittees: boolean;
  readonly #proofs: ReadonlyMap<PublicKey, signature.Proof>;
  readonly #outputs = new Map<PublicKey, Uint8Array>();
  readonly #common: readonly Uint8Array[];

  /** `chainContext` is its hex text, `proofs` are those of the epoch before. */
  constructor(
    chainContext: string,
    epoch: bigint,
    proofs: ReadonlyMap<PublicKey, signature.Proof>,
    canElectCommittees: boolean,
  ) {
    this.canElectCommittees = canElectCommittees;
    this.#proofs = proofs;
    this.#common = [utf8(chainContext), epochElement(epoch)];
  }

  hasProof(node: PublicKey): boolean {
    return this.#proofs.has(node);
  }

  /** In order of lots; who has no proof is left out. Of two that draw the same lot the first one counts. */
  ordered<T>(items: readonly T[], idOf: (item: T) => PublicKey, domain: LotDomain, seats?: Seats): T[] {
    const lotOf = this.hasher(domain, seats);
    const lots = new Map<string, T>();
    for (const item of items) {
      const output = this.#outputOf(idOf(item));
      if (output === undefined) continue;
      const lot = pack(lotOf(output));
      if (!lots.has(lot)) lots.set(lot, item);
    }
    return [...lots].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  }

  #outputOf(node: PublicKey): Uint8Array | undefined {
    const known = this.#outputs.get(node);
    if (known !== undefined) return known;
    const proof = this.#proofs.get(node);
    if (proof === undefined) return undefined;
    const output = provenOutput(proof);
    this.#outputs.set(node, output);
    return output;
  }

  /** Turns an output into a lot of 32 bytes. */
  hasher(domain: LotDomain, seats?: Seats): (output: Uint8Array) => Uint8Array {
    const common = [...this.#common];
    if (seats !== undefined) {
      common.push(fromHex(seats.runtime), Uint8Array.of(seats.kind), Uint8Array.of(seats.role));
    }
    return tupleHasher256(common, DIGEST_SIZE, utf8(domain));
  }
}
