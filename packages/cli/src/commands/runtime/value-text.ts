// CBOR items as JSON that a developer types and reads. Byte strings are objects `{"$hex": "..."}`.
import { type CborReader, type CborWriter, decodeCbor, defineSchema, encodeCbor, Kind, type Schema } from "@wadi/codec";
import { compareBytes, fromHex, toHex, utf8 } from "@wadi/util";

/** A CBOR item as a value; integers beyond 2^53 are bigint. */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[] | ValueMap;
export type ValueMap = ReadonlyMap<Value, Value>;

function readInteger(reader: CborReader): number | bigint {
  const { kind, high, low } = reader;
  const magnitude = (BigInt(high) << 32n) | BigInt(low >>> 0);
  const value = kind === Kind.uint ? magnitude : -1n - magnitude;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function readItems<T>(reader: CborReader, read: () => T): T[] {
  const count = reader.open();
  const items: T[] = [];
  for (let i = 0; reader.more(i, count); i++) items.push(read());
  reader.close();
  return items;
}

function read(reader: CborReader): Value {
  const kind = reader.next();
  switch (kind) {
    case Kind.uint:
    case Kind.negative:
      return readInteger(reader);
    case Kind.bytes:
      return reader.byteContent();
    case Kind.text:
      return reader.textContent();
    case Kind.list:
      return readItems(reader, () => read(reader));
    case Kind.map:
      return new Map(readItems(reader, () => [read(reader), read(reader)] as const));
    case Kind.null:
      return null;
    default:
      if (reader.info === 20 || reader.info === 21) return reader.info === 21;
      throw reader.mismatch("a value without floats and tags");
  }
}

function write(writer: CborWriter, value: Value): void {
  if (value === null) return writer.null();
  if (typeof value === "boolean") return writer.bool(value);
  if (typeof value === "string") return writer.text(value);
  if (typeof value === "number" || typeof value === "bigint") return writeInteger(writer, BigInt(value));
  if (value instanceof Uint8Array) return writer.byteString(value);
  if (value instanceof Map) return writeMap(writer, value as ValueMap);
  const items = value as readonly Value[];
  writer.list(items.length);
  for (const item of items) write(writer, item);
}

function writeInteger(writer: CborWriter, value: bigint): void {
  writer.bigHead(value < 0n ? 0x20 : 0x00, value < 0n ? -1n - value : value);
}

/** In the canonical order of keys: shorter ones first. */
function writeMap(writer: CborWriter, map: ValueMap): void {
  const entries = [...map].map(([key, value]) => [encodeCbor(AnyValue, key), value] as const);
  entries.sort(([a], [b]) => a.length - b.length || compareBytes(a, b));
  writer.map(entries.length);
  for (const [key, value] of entries) {
    writer.raw(key);
    write(writer, value);
  }
}

const AnyValue: Schema<Value> = defineSchema<Value>({
  name: "value",
  zero: () => null,
  encode: write,
  decode: read,
  toJson: (writer) => writer.null(),
  fromJson: () => null,
});

interface HexObject {
  readonly $hex: string;
}

function isHexObject(value: unknown): value is HexObject {
  return typeof value === "object" && value !== null && "$hex" in value && typeof value.$hex === "string";
}

function fromJson(value: unknown): Value {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new SyntaxError(`${value} is no integer of at most 2^53`);
    return value;
  }
  if (Array.isArray(value)) return value.map(fromJson);
  if (isHexObject(value)) return fromHex(value.$hex);
  return new Map(Object.entries(value as object).map(([key, item]) => [key, fromJson(item)]));
}

function toJson(value: Value): unknown {
  if (value instanceof Uint8Array) return { $hex: toHex(value) };
  if (value instanceof Map)
    return Object.fromEntries([...(value as ValueMap)].map(([k, v]) => [keyText(k), toJson(v)]));
  if (Array.isArray(value)) return value.map(toJson);
  return typeof value === "bigint" ? String(value) : value;
}

function keyText(key: Value): string {
  return typeof key === "string" ? key : JSON.stringify(toJson(key));
}

/** The CBOR of a JSON text. Throws SyntaxError, and RangeError for wrong hex. */
export function encodeJsonText(text: string): Uint8Array {
  return encodeCbor(AnyValue, fromJson(JSON.parse(text)));
}

/** An item as one line of JSON; hex where it is none that can be shown. */
export function showItem(item: Uint8Array): string {
  try {
    return JSON.stringify(toJson(decodeCbor(AnyValue, item, "rpc")));
  } catch {
    return `0x${toHex(item)}`;
  }
}

/** The text of printable bytes, else hex. */
export function showBytes(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  const isPlain = compareBytes(utf8(text), bytes) === 0 && !/[\p{Cc}\p{Cn}]/u.test(text);
  return isPlain ? text : `0x${toHex(bytes)}`;
}
