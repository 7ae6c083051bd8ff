// What an option of the configuration file is: its default, how it is read from YAML, and how it
// is described. Texts are those of the reference's parser (gopkg.in/yaml.v3).
import { isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from "yaml";

import { parseDuration } from "./duration.ts";
import { ValueError } from "./errors.ts";

/** What a document is read with: where nodes stand, what aliases mean, and what was wrong so far. */
export interface Reading {
  lineOf(node: Node): number;
  /** The node itself, or what its alias stands for. */
  resolve(node: Node): Node;
  readonly problems: string[];
}

export interface Option<T> {
  /** The name of the type in messages, and in the description of options. */
  readonly type: string;
  readonly fallback: () => T;
  /** Reads a value that is there; problems go to the reading and give what was there before. */
  read(node: Node, before: T, reading: Reading): T;
  /** The options of a section or of a list's items. */
  readonly members?: OptionTable;
  /** For the reference page: one sentence. */
  readonly about?: string;
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>;
export type ValueOf<O> = O extends Option<infer T> ? T : never;

/** `fooBar` to `foo_bar`. */
export function keyOf(property: string): string {
  return property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function tagOf(node: Node): string {
  if (isMap(node)) return "!!map";
  if (isSeq(node)) return "!!seq";
  if (!isScalar(node)) return "!!null";
  const { value } = node;
  if (value === null) return "!!null";
  if (typeof value === "boolean") return "!!bool";
  if (typeof value === "bigint" || (typeof value === "number" && !/[.eE]/.test(sourceOf(node)))) return "!!int";
  return typeof value === "number" ? "!!float" : "!!str";
}

function sourceOf(node: Scalar): string {
  return node.source ?? String(node.value);
}

function isNull(node: Node): boolean {
  return tagOf(node) === "!!null";
}

function mismatch(node: Node, type: string, reading: Reading): void {
  const source = isScalar(node) ? sourceOf(node) : "";
  const shown = source.length > 10 ? `${source.slice(0, 7)}...` : source;
  const value = source === "" ? "" : ` \`${shown}\``;
  reading.problems.push(`line ${reading.lineOf(node)}: cannot unmarshal ${tagOf(node)}${value} into ${type}`);
}

/** An option with one value; null leaves what was there. */
function scalar<T>(type: string, fallback: T, parse: (node: Scalar) => T | undefined): Option<T> {
  return {
    type,
    fallback: () => fallback,
    read(node, before, reading) {
      if (isNull(node)) return before;
      const value = isScalar(node) ? parse(node) : undefined;
      if (value === undefined) mismatch(node, type, reading);
      return value ?? before;
    },
  };
}

export function text(fallback = ""): Option<string> {
  return scalar("string", fallback, sourceOf);
}

/** Text that a parser of its own turns into a value; a ValueError of it ends the loading. */
export function parsed<T>(type: string, fallback: T, parse: (text: string) => T): Option<T> {
  return scalar(type, fallback, (node) => parse(sourceOf(node)));
}

/** One of a few texts, refused with `message` and the text. */
export function choice<const T extends string>(fallback: T, values: readonly T[], message: string): Option<T> {
  return parsed("string", fallback, (source) => {
    const found = values.find((value) => value === source);
    if (found === undefined) throw new ValueError(`${message}: ${source}`);
    return found;
  });
}

export function bool(fallback = false): Option<boolean> {
  return scalar("bool", fallback, (node) => {
    if (typeof node.value === "boolean") return node.value;
    if (node.type !== "PLAIN") return undefined;
    if (/^(y|Y|yes|Yes|YES|on|On|ON)$/.test(sourceOf(node))) return true;
    return /^(n|N|no|No|NO|off|Off|OFF)$/.test(sourceOf(node)) ? false : undefined;
  });
}

function integerOf(node: Scalar): bigint | undefined {
  if (typeof node.value === "bigint") return node.value;
  return typeof node.value === "number" && Number.isInteger(node.value) ? BigInt(node.value) : undefined;
}

function integer(type: string, fallback: number, min: bigint, max: bigint): Option<number> {
  return scalar(type, fallback, (node) => {
    const value = integerOf(node);
    return value === undefined || value < min || value > max ? undefined : Number(value);
  });
}

export const int = (fallback = 0): Option<number> => integer("int", fallback, -(1n << 63n), (1n << 63n) - 1n);
export const int64 = (fallback = 0): Option<number> => integer("int64", fallback, -(1n << 63n), (1n << 63n) - 1n);
/** Values above 2^53 lose digits, which matters to no count or height. */
export const uint64 = (fallback = 0): Option<number> => integer("uint64", fallback, 0n, (1n << 64n) - 1n);
export const uint = (fallback = 0): Option<number> => integer("uint", fallback, 0n, (1n << 64n) - 1n);
export const uint32 = (fallback = 0): Option<number> => integer("uint32", fallback, 0n, (1n << 32n) - 1n);
export const uint16 = (fallback = 0): Option<number> => integer("uint16", fallback, 0n, (1n << 16n) - 1n);
export const uint8 = (fallback = 0): Option<number> => integer("uint8", fallback, 0n, (1n << 8n) - 1n);

/** Amounts of base units, which keep all digits. */
export function amount(fallback = 0n): Option<bigint> {
  return scalar("uint64", fallback, (node) => {
    const value = integerOf(node);
    return value === undefined || value < 0n || value >= 1n << 64n ? undefined : value;
  });
}

export function float64(fallback = 0): Option<number> {
  return scalar("float64", fallback, (node) => {
    return typeof node.value === "number" || typeof node.value === "bigint" ? Number(node.value) : undefined;
  });
}

/** Milliseconds, written as Go writes durations; a bare number is refused. */
export function duration(fallback = 0): Option<number> {
  return scalar("time.Duration", fallback, (node) => {
    return typeof node.value === "string" ? parseDuration(node.value) : undefined;
  });
}

/** A list; a new one replaces the default, null empties it. */
export function list<T>(item: Option<T>, fallback: readonly T[] = []): Option<readonly T[]> {
  const type = `[]${item.type}`;
  return {
    type,
    fallback: () => fallback,
    ...(item.members === undefined ? {} : { members: item.members }),
    read(node, before, reading) {
      if (isNull(node)) return [];
      if (!isSeq(node)) {
        mismatch(node, type, reading);
        return before;
      }
      return node.items.map((one) => item.read(reading.resolve(one as Node), item.fallback(), reading));
    },
  };
}

/** The pairs of a map whose keys are told apart; keys that come again are problems. */
function pairsOf(node: Node, reading: Reading): readonly (readonly [key: Scalar, value: Node])[] {
  if (!isMap(node)) return [];
  const seen = new Map<string, number>();
  const pairs: [Scalar, Node][] = [];
  for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
    if (!isScalar(key)) continue;
    const name = sourceOf(key);
    const first = seen.get(name);
    if (first === undefined) seen.set(name, reading.lineOf(key));
    else {
      const line = reading.lineOf(key);
      reading.problems.push(`line ${line}: mapping key ${JSON.stringify(name)} already defined at line ${first}`);
      continue;
    }
    if (value !== null) pairs.push([key, reading.resolve(value)]);
  }
  return pairs;
}

/** Texts by name; what is read is merged into the default. */
export function textMap(fallback: Readonly<Record<string, string>> = {}): Option<Readonly<Record<string, string>>> {
  const type = "map[string]string";
  const item = text();
  return {
    type,
    fallback: () => fallback,
    read(node, before, reading) {
      if (isNull(node)) return before;
      if (!isMap(node)) {
        mismatch(node, type, reading);
        return before;
      }
      const read = pairsOf(node, reading).map(([key, value]) => [sourceOf(key), item.read(value, "", reading)]);
      return { ...before, ...(Object.fromEntries(read) as Record<string, string>) };
    },
  };
}

/** Anything: for what is handed on, such as the configuration of a runtime. */
export type FreeForm =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly FreeForm[]
  | { readonly [key: string]: FreeForm };

/** Values of any form by name. */
export function freeMap(): Option<{ readonly [key: string]: FreeForm } | undefined> {
  const type = "map[string]interface {}";
  return {
    type,
    fallback: () => undefined,
    read(node, before, reading) {
      if (isNull(node)) return before;
      if (!isMap(node)) {
        mismatch(node, type, reading);
        return before;
      }
      return freeForm(node, reading) as { readonly [key: string]: FreeForm };
    },
  };
}

function freeForm(node: Node, reading: Reading): FreeForm {
  if (isSeq(node)) return node.items.map((one) => freeForm(reading.resolve(one as Node), reading));
  if (isMap(node)) {
    return Object.fromEntries(pairsOf(node, reading).map(([key, value]) => [sourceOf(key), freeForm(value, reading)]));
  }
  return isScalar(node) ? (node.value as FreeForm) : null;
}

/** Options under one key. Unknown keys are problems unless `isOpen`. */
export function section<const M extends OptionTable>(
  members: M,
  { type = "config.Config", isOpen = false }: { readonly type?: string; readonly isOpen?: boolean } = {},
): Option<{ readonly [K in keyof M]: ValueOf<M[K]> }> {
  type Values = { readonly [K in keyof M]: ValueOf<M[K]> };
  const byKey = new Map(Object.entries(members).map(([property, option]) => [keyOf(property), { property, option }]));
  return {
    type,
    members,
    fallback: () =>
      Object.fromEntries(Object.entries(members).map(([property, { fallback }]) => [property, fallback()])) as Values,
    read(node, before, reading) {
      if (isNull(node)) return before;
      if (!isMap(node)) {
        mismatch(node, type, reading);
        return before;
      }
      const values: Record<string, unknown> = { ...before };
      for (const [key, value] of pairsOf(node, reading)) {
        const name = sourceOf(key);
        const member = byKey.get(name);
        if (member !== undefined) {
          values[member.property] = member.option.read(value, values[member.property], reading);
        } else if (!isOpen) {
          reading.problems.push(`line ${reading.lineOf(key)}: field ${name} not found in type config.Config`);
        }
      }
      return values as Values;
    },
  };
}
