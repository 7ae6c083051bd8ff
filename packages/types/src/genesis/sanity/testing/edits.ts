// Edits of JSON documents by path, so that a broken document is a line of data.

export type JsonValue = null | boolean | number | string | bigint | JsonValue[] | { [key: string]: JsonValue };

/** Removes the member, or the list entry, at the path. */
export const REMOVE = Symbol("remove");

/** A dotted path (`staking.params.thresholds.entity`, `registry.nodes.0`) and what to put there. */
export type Edit = readonly [path: string, value: JsonValue | typeof REMOVE];

/** Parses without losing digits: integers beyond 2^53 become bigints. */
export function parseJson(text: string): JsonValue {
  return JSON.parse(text, (_key, value: JsonValue, context?: { source?: string }) =>
    typeof value === "number" && !Number.isSafeInteger(value) ? BigInt(context?.source ?? value) : value,
  ) as JsonValue;
}

const rawJson = (JSON as JSON & { rawJSON(text: string): JsonValue }).rawJSON;

/** Prints with Go's two-space indent; bigints become bare numbers. */
export function printJson(value: JsonValue): string {
  return `${JSON.stringify(value, (_key, v: JsonValue) => (typeof v === "bigint" ? rawJson(String(v)) : v), 2)}\n`;
}

type Container = { [key: string]: JsonValue };

/** A copy of the document with the edits applied in order; missing parents are made. */
export function edited(document: JsonValue, edits: readonly Edit[]): JsonValue {
  const copy = structuredClone(document);
  for (const [path, value] of edits) {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    let parent = copy as Container;
    for (const key of keys) parent = (parent[key] ??= {}) as Container;
    if (value !== REMOVE) parent[last] = structuredClone(value);
    else if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
  }
  return copy;
}
