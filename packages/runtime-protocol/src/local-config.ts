// The node-local configuration of a component: free values by name. Rust runtimes know no floats at
// all: one anywhere makes the whole info request unreadable for them, so it is refused here.
import { CborReader, CborWriter, compareUtf8, Head, Kind, modeRules, OutputBuffer } from "@wadi/codec";
import { WadiError } from "@wadi/util";
import { ErrInvalidLocalConfig } from "./errors.ts";

/** What a configuration may hold: integers of 64 bits, no fractions. */
export type LocalConfigValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly LocalConfigValue[]
  | { readonly [name: string]: LocalConfigValue };

export type LocalConfig = Readonly<Record<string, LocalConfigValue>>;

const MAX_DEPTH = 16;

function refuse(path: string, problem: string): never {
  throw new WadiError(ErrInvalidLocalConfig, { context: `${path}: ${problem}` });
}

function writeInteger(writer: CborWriter, value: bigint, path: string): void {
  if (BigInt.asUintN(64, value < 0n ? -1n - value : value) !== (value < 0n ? -1n - value : value)) {
    refuse(path, "integer does not fit in 64 bits");
  }
  if (value < 0n) writer.bigHead(Head.negative, -1n - value);
  else writer.bigHead(Head.uint, value);
}

function writeValue(writer: CborWriter, value: LocalConfigValue, path: string, depth: number): void {
  if (depth > MAX_DEPTH) refuse(path, "nested too deeply");
  if (value === null) writer.null();
  else if (typeof value === "boolean") writer.bool(value);
  else if (typeof value === "string") writer.text(value);
  else if (typeof value === "bigint") writeInteger(writer, value, path);
  else if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) refuse(path, `${value} is not an integer`);
    writeInteger(writer, BigInt(value), path);
  } else if (value instanceof Uint8Array) writer.byteString(value);
  else if (Array.isArray(value)) {
    writer.list(value.length);
    value.forEach((item: LocalConfigValue, i) => writeValue(writer, item, `${path}[${i}]`, depth + 1));
  } else if (typeof value === "object") writeMap(writer, value as LocalConfig, path, depth);
  else refuse(path, `a ${typeof value} has no encoding`);
}

function writeMap(writer: CborWriter, value: LocalConfig, path: string, depth: number): void {
  const names = Object.keys(value).sort((a, b) => Buffer.byteLength(a) - Buffer.byteLength(b) || compareUtf8(a, b));
  writer.map(names.length);
  for (const name of names) {
    writer.text(name);
    writeValue(writer, value[name] as LocalConfigValue, `${path}.${name}`, depth + 1);
  }
}

/** The member `localConfig` of RuntimeInfoRequest. Throws ErrInvalidLocalConfig, which names the value. */
export function encodeLocalConfig(config: LocalConfig): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Object.entries(config).map(([name, value]) => {
      const out = new OutputBuffer();
      writeValue(new CborWriter(out), value, name, 1);
      return [name, out.copy()];
    }),
  );
}

function readList(reader: CborReader): LocalConfigValue[] {
  const count = reader.open();
  const items: LocalConfigValue[] = [];
  while (items.length < count) items.push(readValue(reader));
  reader.close();
  return items;
}

function readMap(reader: CborReader): LocalConfigValue {
  const count = reader.open();
  const pairs: [string, LocalConfigValue][] = [];
  while (pairs.length < count) {
    if (reader.next() !== Kind.text) throw reader.mismatch("name");
    pairs.push([reader.textContent(), readValue(reader)]);
  }
  reader.close();
  return Object.fromEntries(pairs);
}

function integer(reader: CborReader): number | bigint {
  const argument = (BigInt(reader.high) << 32n) | BigInt(reader.low);
  const value = reader.kind === Kind.negative ? -1n - argument : argument;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function readValue(reader: CborReader): LocalConfigValue {
  switch (reader.next()) {
    case Kind.null:
      return null;
    case Kind.uint:
    case Kind.negative:
      return integer(reader);
    case Kind.bytes:
      return reader.byteContent();
    case Kind.text:
      return reader.textContent();
    case Kind.list:
      return readList(reader);
    case Kind.map:
      return readMap(reader);
    default: {
      if (reader.kind === Kind.primitive && (reader.info === 20 || reader.info === 21)) return reader.info === 21;
      throw reader.mismatch("configuration value");
    }
  }
}

/** The inverse of `encodeLocalConfig`. Throws DecodeError for floats and keys that are no text. */
export function decodeLocalConfig(config: ReadonlyMap<string, Uint8Array | null>): LocalConfig {
  return Object.fromEntries(
    Array.from(config, ([name, item]) => [name, item === null ? null : readValue(new CborReader(item, modeRules.rpc))]),
  );
}
