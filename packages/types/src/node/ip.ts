// IP addresses as Go's net and net/netip print and read them.
import { toHex } from "@wadi/util";

const V4_PREFIX = "00000000000000000000ffff";

/** The last four bytes of an IPv4 address in 4- or 16-byte form; undefined for anything else. */
export function asIPv4(ip: Uint8Array): Uint8Array | undefined {
  if (ip.length === 4) return ip;
  return ip.length === 16 && toHex(ip.subarray(0, 12)) === V4_PREFIX ? ip.subarray(12) : undefined;
}

/** Equality that ignores the difference of 4- and 16-byte form (`net.IP.Equal`). */
export function ipEqual(a: Uint8Array | null, b: Uint8Array | null): boolean {
  const canonical = (ip: Uint8Array | null): string => toHex(ip === null ? new Uint8Array(0) : (asIPv4(ip) ?? ip));
  return canonical(a) === canonical(b);
}

/** Start and length of the longest run of zero groups, at least two; the first one of equals. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 1 };
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (groups[end] === 0) end++;
    if (end - i > best.length) best = { start: i, length: end - i };
    if (end > i) i = end;
  }
  return best;
}

function formatIPv6(ip: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((ip[2 * i] ?? 0) << 8) | (ip[2 * i + 1] ?? 0));
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.start < 0) return hex.join(":");
  return `${hex.slice(0, run.start).join(":")}::${hex.slice(run.start + run.length).join(":")}`;
}

/** Text of an address; `<nil>` for none and `?` with hex for an impossible length, as Go prints them. */
export function formatIP(ip: Uint8Array | null): string {
  if (ip === null || ip.length === 0) return "<nil>";
  const v4 = asIPv4(ip);
  if (v4 !== undefined) return v4.join(".");
  return ip.length === 16 ? formatIPv6(ip) : `?${toHex(ip)}`;
}

function parseIPv4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

/** Bytes of one side of `::`, or of a whole address; an IPv4 tail is only allowed at the end. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [i, group] of groups.entries()) {
    if (group.includes(".")) {
      const v4 = last && i === groups.length - 1 ? parseIPv4(group) : undefined;
      if (v4 === undefined) return undefined;
      bytes.push(...v4);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

function parseIPv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = "", tail] = halves;
  const before = parseGroups(head, tail === undefined);
  if (tail === undefined) return head !== "" && before?.length === 16 ? before : undefined;
  const after = parseGroups(tail, true);
  if (before === undefined || after === undefined || before.length + after.length > 14) return undefined;
  return [...before, ...Array.from({ length: 16 - before.length - after.length }, () => 0), ...after];
}

/**
 * Reads an IP literal with an optional `%zone` (IPv6 only). The bytes are always in 16-byte form,
 * IPv4 mapped. Undefined for anything else, host names included.
 */
export function parseIP(text: string): { readonly ip: Uint8Array; readonly zone: string } | undefined {
  const v4 = parseIPv4(text);
  if (v4 !== undefined) return { ip: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...v4]), zone: "" };
  const at = text.indexOf("%");
  if (at === text.length - 1 && at >= 0) return undefined;
  const bytes = parseIPv6(at < 0 ? text : text.slice(0, at));
  return bytes === undefined ? undefined : { ip: Uint8Array.from(bytes), zone: at < 0 ? "" : text.slice(at + 1) };
}
