// Every structure this package exports, found through its index.
import type { Schema } from "@wadi/codec";

import * as types from "../src/index.ts";

const isSchema = (value: unknown): value is Schema<unknown> =>
  typeof value === "object" && value !== null && "shape" in value && "decode" in value;

/** Path in the index (`staking.Transfer`) to schema. */
export function allSchemas(): ReadonlyMap<string, Schema<unknown>> {
  const found = new Map<string, Schema<unknown>>();
  for (const [name, value] of Object.entries(types)) {
    if (isSchema(value)) found.set(name, value);
    else if (typeof value === "object" && value !== null) {
      for (const [member, inner] of Object.entries(value)) if (isSchema(inner)) found.set(`${name}.${member}`, inner);
    }
  }
  return found;
}
