// All state keys of all applications: any key can be told apart and read.
import { packedToHex, type Packed } from "@wadi/mkvs";

import type { Application } from "./application.ts";
import type { AnyStateKey } from "./state-key.ts";

/** A state key for people. */
export interface DescribedKey {
  readonly application: string;
  readonly name: string;
  /** The elements by name, in their usual texts. */
  readonly fields: Readonly<Record<string, string>>;
}

interface Declared {
  readonly application: string;
  readonly key: AnyStateKey;
}

export class StateSchema {
  readonly #byPrefix = new Map<number, Declared>();

  constructor(applications: readonly Pick<Application, "name" | "keys">[]) {
    for (const { name: application, keys } of applications) {
      for (const key of Object.values(keys)) {
        if (this.#byPrefix.has(key.prefix)) throw new RangeError(`state prefix ${key.prefix} is declared twice`);
        this.#byPrefix.set(key.prefix, { application, key });
      }
    }
  }

  /** Every declared key with its application. */
  get declared(): readonly Declared[] {
    return [...this.#byPrefix.values()];
  }

  /** What a key means; a key that nobody declares is described by its hex. */
  describeKey(packed: Packed): DescribedKey {
    const found = this.#byPrefix.get(packed.charCodeAt(0));
    if (found === undefined) return { application: "unknown", name: packedToHex(packed), fields: {} };
    try {
      return { application: found.application, name: found.key.name, fields: found.key.describe(packed) };
    } catch {
      return { application: found.application, name: found.key.name, fields: { malformed: packedToHex(packed) } };
    }
  }

  /** A value as JSON by its key's schema, or its hex where it does not decode. */
  describeValue(key: Packed, value: Packed): string {
    const found = this.#byPrefix.get(key.charCodeAt(0));
    if (found === undefined) return JSON.stringify(packedToHex(value));
    try {
      return found.key.format.toJson(found.key.format.decode(value));
    } catch {
      return JSON.stringify(packedToHex(value));
    }
  }
}
