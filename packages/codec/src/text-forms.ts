// Text forms of scalars as Go's standard library parses them.
import { DecodeError } from "./errors.ts";

const plainDecimal = /^(?:0|[1-9][0-9]*)$/;

/** Digits by the prefix that JavaScript gives the base. */
const digitsOfBase: Readonly<Record<string, RegExp>> = {
  "": /^[0-9]+$/,
  "0b": /^[01]+$/,
  "0o": /^[0-7]+$/,
  "0x": /^[0-9a-fA-F]+$/,
};

const shown = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);

/**
 * An unsigned integer in the text form of Go's math/big: `0x`, `0b`, `0o` or a leading `0` (octal)
 * give the base, underscores may stand between digits. Throws DecodeError.
 */
export function parseQuantity(text: string): bigint {
  if (plainDecimal.test(text)) return BigInt(text);
  const unsigned = text.replace(/^[+-]/, "");
  const prefix = /^0[xXbBoO]?/.exec(unsigned)?.[0].toLowerCase() ?? "";
  const rest = unsigned.slice(prefix.length);
  // A zero alone is a digit, before digits it means octal; an underscore may follow either and a prefix.
  const base = prefix === "0" ? "0o" : prefix;
  const digits = rest === "" && prefix === "0" ? "0" : rest.replaceAll("_", "");
  const isSeparated = !rest.includes("__") && !rest.endsWith("_") && (prefix !== "" || !rest.startsWith("_"));
  if (!isSeparated || !digitsOfBase[base]?.test(digits)) {
    throw new DecodeError(`math/big: cannot unmarshal ${shown(text)} into a *big.Int`);
  }
  const value = BigInt(base + digits);
  if (value !== 0n && text.startsWith("-")) throw new DecodeError("invalid quantity");
  return value;
}

/** A decimal integer as strconv.ParseUint reads it, at most `max`. Throws DecodeError. */
export function parseUnsigned(text: string, max: bigint): bigint {
  return parseDecimal(/^[0-9]+$/, text, 0n, max);
}

/** A decimal integer as strconv.ParseInt reads it, between `min` and `max`. Throws DecodeError. */
export function parseSigned(text: string, min: bigint, max: bigint): bigint {
  return parseDecimal(/^[+-]?[0-9]+$/, text, min, max);
}

function parseDecimal(pattern: RegExp, text: string, min: bigint, max: bigint): bigint {
  if (!pattern.test(text)) throw new DecodeError(`not a decimal integer: ${shown(text)}`);
  // Texts of more than 40 digits are out of range or consist of leading zeros.
  const digits = text.length > 40 ? text.replace(/^([+-]?)0+(?=[0-9])/, "$1") : text;
  const value = digits.length > 40 ? max + 1n : BigInt(digits.startsWith("+") ? digits.slice(1) : digits);
  if (value < min || value > max) throw new DecodeError(`integer out of range: ${shown(text)}`);
  return value;
}

/**
 * Bytes of standard padded base64 as Go's base64.StdEncoding reads it: line breaks are passed over
 * and unused bits of the last character may be set. Throws DecodeError.
 */
export function parseBase64(text: string): Uint8Array {
  return new Uint8Array(base64Buffer(text));
}

function base64Buffer(text: string): Buffer {
  const joined = text.includes("\n") || text.includes("\r") ? text.replaceAll(/[\r\n]/g, "") : text;
  const bytes = Buffer.from(joined, "base64");
  // Node passes over what is no base64, which the length then shows, and reads the URL alphabet as well.
  const padding = joined.endsWith("==") ? 2 : joined.endsWith("=") ? 1 : 0;
  const isWhole = joined.length % 4 === 0 && bytes.length === (joined.length / 4) * 3 - padding;
  const isAscii = Buffer.byteLength(joined) === joined.length;
  if (!isWhole || !isAscii || joined.includes("-") || joined.includes("_")) {
    throw new DecodeError("illegal base64 data");
  }
  return bytes;
}

/** Like `parseBase64`, as lower-case hex text. */
export function base64ToHex(text: string): string {
  return base64Buffer(text).toString("hex");
}

/** Standard base64 of bytes given as hex text. */
export function hexToBase64(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

/** True for an even number of hex digits of either case. */
export function isHex(text: string): boolean {
  return text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text);
}
