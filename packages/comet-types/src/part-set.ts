// Blocks travel in parts that prove their place (types/part_set.go of the fork).
import { WadiError, concatBytes, fromHex } from "@wadi/util";
import { BitArray } from "./bit-array.ts";
import { hexHash } from "./brands.ts";
import { ErrInvalid, ErrPartSetInvalidProof, ErrPartSetUnexpectedIndex, refusal, within } from "./errors.ts";
import { merkleProofs, validateProof, verifyProof } from "./merkle.ts";
import type { Part, PartSetHeader } from "./wire/basics.ts";

export const BLOCK_PART_SIZE = 65_536;
export const MAX_BLOCK_SIZE = 104_857_600;
/** One more than the largest block needs, as in the reference. */
export const MAX_BLOCK_PARTS = 1601;

/** The rules a part satisfies by itself; throws ErrInvalid, ErrInvalidProof. */
export function validatePart(part: Part): void {
  const { index, bytes, proof } = part;
  if (bytes.length > BLOCK_PART_SIZE) throw refusal(ErrInvalid, "error part size too big");
  if (index < proof.total - 1 && bytes.length !== BLOCK_PART_SIZE) {
    throw refusal(ErrInvalid, "error inner part with invalid size");
  }
  if (index !== proof.index) {
    throw refusal(ErrInvalid, `invalid part: part index ${index} != proof index ${proof.index}`);
  }
  within("invalid part: wrong Proof: ", () => validateProof(proof));
}

/** The parts of one block: complete from the start when made from data, else growing. */
export class PartSet {
  readonly header: PartSetHeader;
  readonly #root: Uint8Array;
  readonly #parts: (Part | undefined)[];
  readonly #present: BitArray;
  #count = 0;
  #byteSize = 0;

  /** An empty set to be filled; ErrInvalid if the header claims more parts than a block may have. */
  constructor(header: PartSetHeader) {
    if (header.total > MAX_BLOCK_PARTS) {
      throw refusal(ErrInvalid, `part set of ${header.total} parts, at most ${MAX_BLOCK_PARTS} expected`);
    }
    this.header = header;
    this.#root = fromHex(header.hash);
    this.#parts = Array.from<Part | undefined>({ length: header.total });
    this.#present = new BitArray(header.total);
  }

  /** Cuts data into parts; they are views of the data, which must not change afterwards. */
  static fromData(data: Uint8Array, partSize: number = BLOCK_PART_SIZE): PartSet {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < data.length; at += partSize) pieces.push(data.subarray(at, at + partSize));
    const { root, proofs } = merkleProofs(pieces);
    const set = new PartSet({ total: pieces.length, hash: hexHash(root) });
    for (const [index, proof] of proofs.entries()) set.#keep({ index, bytes: pieces[index] as Uint8Array, proof });
    return set;
  }

  /**
   * Adds a part that is valid by itself; false if it is there already. Throws
   * ErrPartSetUnexpectedIndex or ErrPartSetInvalidProof (which includes another total or index
   * than the set's). The part is kept as it is.
   */
  add(part: Part): boolean {
    const { index, bytes, proof } = part;
    if (index >= this.header.total) throw new WadiError(ErrPartSetUnexpectedIndex);
    if (this.#parts[index] !== undefined) return false;
    if (proof.total !== this.header.total || proof.index !== index) throw new WadiError(ErrPartSetInvalidProof);
    try {
      verifyProof(proof, this.#root, bytes);
    } catch (e) {
      if (!(e instanceof WadiError)) throw e;
      throw new WadiError(ErrPartSetInvalidProof, { cause: e });
    }
    this.#keep(part);
    return true;
  }

  #keep(part: Part): void {
    this.#parts[part.index] = part;
    this.#present.set(part.index, true);
    this.#count++;
    this.#byteSize += part.bytes.length;
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of the parts that are there. */
  get byteSize(): number {
    return this.#byteSize;
  }

  get isComplete(): boolean {
    return this.#count === this.header.total;
  }

  part(index: number): Part | undefined {
    return this.#parts[index];
  }

  /** A copy of which parts are there. */
  present(): BitArray {
    return this.#present.copy();
  }

  /** The whole data, freshly joined; RangeError while parts are missing. */
  data(): Uint8Array {
    const pieces = this.#parts.map((part) => part?.bytes);
    if (!pieces.every((piece) => piece !== undefined)) throw new RangeError("part set is not complete");
    return concatBytes(...pieces);
  }
}
