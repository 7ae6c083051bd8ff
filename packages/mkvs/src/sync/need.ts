// Which request brings the node that a synchronous operation lacked.
import { MissingNodeError } from "../errors.ts";
import type { Packed } from "../packed.ts";

/** What the operation was after when it came to the missing node. */
export type Need =
  | { readonly kind: "get"; readonly key: Packed; readonly siblings: boolean }
  | { readonly kind: "iterate"; readonly key: Packed };

const needs = new WeakMap<MissingNodeError, Need>();

/** Runs the operation; if it lacks a node, the error remembers what for. */
export function withNeed<T>(need: Need, operation: () => T): T {
  try {
    return operation();
  } catch (e) {
    if (e instanceof MissingNodeError && needOf(e) === undefined) needs.set(e, need);
    throw e;
  }
}

/** What the error's operation was after, if that is known. */
export function needOf(e: MissingNodeError): Need | undefined {
  if (e.searchKey !== undefined) return { kind: "iterate", key: e.searchKey };
  return needs.get(e);
}
