// Where an execution and a recording part ways.
import type { AbciEvent } from "@wadi/comet-types";
import { packedEntries, packedFromHex, type KeyValueTree, type Packed } from "@wadi/mkvs";
import { toHex } from "@wadi/util";

import type { ValidatorUpdate } from "../framework/application.ts";
import { toAbciEvents, toAbciResult, type TransactionResult } from "../framework/block.ts";
import type { Change } from "../framework/change-recorder.ts";
import type { ExecutedBlock } from "../framework/executed-block.ts";
import type { DescribedKey, StateSchema } from "../framework/state-schema.ts";
import type { ExpectedBlock, RecordedWrite } from "./recorded-block.ts";

/** A state key that should be otherwise; values are JSON, undefined where the key is not there. */
export interface KeyDifference extends DescribedKey {
  readonly expected: string | undefined;
  readonly actual: string | undefined;
}

/** The first difference of a block, with all keys that differ. */
export interface Difference {
  readonly height: number;
  /** The first transaction whose result differs; undefined where it is the block itself. */
  readonly transaction: number | undefined;
  /** What differs: `code`, `gas used`, `events`, `state root`... */
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
  readonly keys: readonly KeyDifference[];
}

type Mismatch = Pick<Difference, "transaction" | "what" | "expected" | "actual">;

/** The first mismatch: transactions in order, then the block's own events, updates and root. */
export function findMismatch(executed: ExecutedBlock, expected: ExpectedBlock): Mismatch | undefined {
  for (const [i, wanted] of (expected.results ?? []).entries()) {
    const result = executed.transactions[i];
    const found = result === undefined ? undefined : compareResult(result, wanted);
    if (found !== undefined) return { ...found, transaction: i };
  }
  const { beginEvents, endEvents } = executed;
  return (
    compareEvents("begin block events", beginEvents.length, () => toAbciEvents(beginEvents), expected.beginEvents) ??
    compareEvents("end block events", endEvents.length, () => toAbciEvents(endEvents), expected.endEvents) ??
    compareTexts(
      "validator updates",
      updatesText(executed.validatorUpdates),
      expected.validatorUpdates && updatesText(expected.validatorUpdates),
    ) ??
    compareTexts("state root", executed.stateRoot, expected.stateRoot)
  );
}

function compareResult(
  result: TransactionResult,
  wanted: NonNullable<ExpectedBlock["results"]>[number],
): Mismatch | undefined {
  const { code, codespace, data, gasWanted, gasUsed, events } = toAbciResult(result);
  const actual = outcomeText(codespace, code);
  const expected = outcomeText(wanted.codespace, wanted.code);
  if (actual !== expected) {
    const reason = result.log === "" ? "" : ` (${result.log})`;
    return { transaction: undefined, what: "outcome", expected, actual: actual + reason };
  }
  return (
    compareTexts("data", toHex(data), toHex(wanted.data)) ??
    compareTexts("gas wanted", String(gasWanted), String(wanted.gasWanted)) ??
    compareTexts("gas used", String(gasUsed), String(wanted.gasUsed)) ??
    compareEvents("events", events.length, () => events, wanted.events)
  );
}

function outcomeText(module: string, code: number): string {
  return code === 0 ? "success" : `${module}/${code}`;
}

function compareTexts(what: string, actual: string, expected: string | undefined): Mismatch | undefined {
  return expected === undefined || actual === expected ? undefined : { transaction: undefined, what, expected, actual };
}

function compareEvents(
  what: string,
  count: number,
  actual: () => readonly AbciEvent[],
  expected: readonly AbciEvent[] | undefined,
): Mismatch | undefined {
  if (expected === undefined || (count === 0 && expected.length === 0)) return undefined;
  const ours = actual().map(eventText);
  const theirs = expected.map(eventText);
  const at = ours.findIndex((text, i) => text !== theirs[i]);
  if (at < 0 && ours.length === theirs.length) return undefined;
  const first = at < 0 ? Math.min(ours.length, theirs.length) : at;
  const place = `${what} (${first + 1} of ${theirs.length})`;
  return { transaction: undefined, what: place, expected: theirs[first] ?? "none", actual: ours[first] ?? "none" };
}

function eventText({ type, attributes }: AbciEvent): string {
  return `${type} ${attributes.map(({ key, value }) => `${key}=${value}`).join(" ")}`;
}

/** The order of updates means nothing to the engine. */
function updatesText(updates: readonly ValidatorUpdate[]): string {
  return updates
    .map(({ publicKey, power }) => `${publicKey}=${power}`)
    .sort((a, b) => (a < b ? -1 : 1))
    .join(" ");
}

/** What a diagnosis knows about the state around a block. */
export interface Surroundings {
  readonly schema: StateSchema;
  /** The state the block started from. */
  readonly before: KeyValueTree;
  /** What the execution changed. */
  readonly changes: readonly Change[];
  /** The recording of a first block holds the whole state, not only what the block changed. */
  readonly isFirst: boolean;
}

/** The keys whose value after the block is otherwise than recorded. */
export function differingKeys(writes: readonly RecordedWrite[], around: Surroundings): KeyDifference[] {
  const { schema, before, changes, isFirst } = around;
  const actual = new Map(changes.map(({ key, after }) => [key, after]));
  const expected = new Map(
    writes.map(([key, value]) => [packedFromHex(key), value === null ? undefined : packedFromHex(value)]),
  );
  const places = new Set([...actual.keys(), ...expected.keys()]);
  if (isFirst) for (const [key] of packedEntries(before)) places.add(key);
  return [...places]
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap((key) => {
      const ours = actual.has(key) ? actual.get(key) : before.getPacked(key);
      const theirs = expected.has(key) || isFirst ? expected.get(key) : before.getPacked(key);
      if (ours === theirs) return [];
      const json = (value: Packed | undefined): string | undefined =>
        value === undefined ? undefined : schema.describeValue(key, value);
      return [{ ...schema.describeKey(key), expected: json(theirs), actual: json(ours) }];
    });
}
