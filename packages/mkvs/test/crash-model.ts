// What the crash test's writer stores, as a function of the version alone.
import { Random } from "../src/testing/random.ts";
import type { Packed } from "../src/packed.ts";
import { ZERO_NAMESPACE } from "../src/root.ts";

export const NAMESPACE = ZERO_NAMESPACE;

/** Versions that are kept before the writer prunes. */
export const KEPT_VERSIONS = 6n;

/** Small, so that many commits take several store transactions. */
export const TRANSACTION_BYTES = 20_000;

const KEYS = 3000;

const keyOf = (i: number): Packed => new Random(i + 1_000_000).bytes(1 + (i % 24));

/** True for versions that arrive as a restore of the version before instead of a commit. */
export function isRestored(version: bigint): boolean {
  return version % 13n === 0n;
}

/** The changes that lead to a version; null removes. `fork` 0 is the one that wins. */
export function changesOf(version: bigint, fork = 0): Map<Packed, Packed | null> {
  const changes = new Map<Packed, Packed | null>();
  if (isRestored(version)) return changes;
  const random = new Random(Number(version) * 16 + fork);
  const count = version % 10n === 1n ? 600 : 40;
  for (let i = 0; i < count; i++) {
    const key = keyOf(random.below(KEYS));
    changes.set(key, random.chance(0.3) ? null : random.bytes(random.below(60)));
  }
  return changes;
}

/** The I/O tree of a version. */
export function ioContent(version: bigint): Map<Packed, Packed> {
  const random = new Random(Number(version) * 16 + 15);
  return new Map(Array.from({ length: 1 + random.below(30) }, () => [random.bytes(12), random.bytes(20)]));
}

/** The state after every version, built up once. */
export class ContentModel {
  #version = 0n;
  #content = new Map<Packed, Packed>();
  readonly #recent = new Map<bigint, Map<Packed, Packed>>();

  /** Versions must be asked for in ascending order, but for the last few. */
  at(version: bigint): ReadonlyMap<Packed, Packed> {
    while (this.#version < version) {
      this.#version++;
      this.#content = new Map(this.#content);
      for (const [key, value] of changesOf(this.#version)) {
        if (value === null) this.#content.delete(key);
        else this.#content.set(key, value);
      }
      this.#recent.set(this.#version, this.#content);
      this.#recent.delete(this.#version - KEPT_VERSIONS * 4n);
    }
    const content = version === 0n ? new Map<Packed, Packed>() : this.#recent.get(version);
    if (content === undefined) throw new RangeError(`version ${version} is no longer at hand`);
    return content;
  }
}
