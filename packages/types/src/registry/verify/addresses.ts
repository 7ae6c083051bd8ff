// Which transport addresses a node may register: Go's notion of a global unicast address, outside
// of the ranges that the IANA special-purpose registries reserve.
// Reference: oasis-core go/common/address.go, go/registry/api/api.go `VerifyAddress`.
import { asIPv4 } from "../../node/ip.ts";
import { invalidArgument } from "./refusal.ts";

/** An IP address as it stands in a descriptor: 4 or 16 bytes are meaningful, others possible. */
type Ip = Uint8Array;

interface Range {
  readonly prefix: readonly number[];
  readonly bits: number;
}

function v4Range(cidr: string): Range {
  const [address = "", bits = ""] = cidr.split("/");
  return { prefix: address.split(".").map(Number), bits: Number(bits) };
}

/** An IPv6 range whose text ends in `::`, or is `::` or `::1`. */
function v6Range(cidr: string): Range {
  const [address = "", bits = ""] = cidr.split("/");
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string): number[] => (text === "" ? [] : text.split(":").map((g) => Number.parseInt(g, 16)));
  const before = groups(head);
  const after = groups(tail);
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
  return { prefix: all.flatMap((group) => [group >> 8, group & 0xff]), bits: Number(bits) };
}

// https://www.iana.org/assignments/iana-ipv4-special-registry
const RESERVED_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "240.0.0.0/4",
  "255.255.255.255/32",
].map(v4Range);

// https://www.iana.org/assignments/iana-ipv6-special-registry
const RESERVED_V6 = [
  "::1/128",
  "::/128",
  "64:ff9b:1::/48",
  "100::/64",
  "2001:2::/48",
  "2001:db8::/32",
  "2001::/23",
  "fc00::/7",
  "fe80::/10",
].map(v6Range);

function contains(range: Range, ip: Ip): boolean {
  let bits = range.bits;
  for (let i = 0; bits > 0; i++, bits -= 8) {
    const mask = bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff;
    if (((ip[i] ?? 0) & mask) !== ((range.prefix[i] ?? 0) & mask)) return false;
  }
  return true;
}

/** Go's `net.IP.IsGlobalUnicast`: private addresses pass, an address of another length does not. */
export function isGlobalUnicast(ip: Ip): boolean {
  const v4 = asIPv4(ip);
  if (v4) {
    const [a = 0, b = 0, c = 0, d = 0] = v4;
    const unspecified = a === 0 && b === 0 && c === 0 && d === 0;
    const broadcast = a === 255 && b === 255 && c === 255 && d === 255;
    const multicast = (a & 0xf0) === 0xe0;
    const linkLocal = a === 169 && b === 254;
    return !unspecified && !broadcast && a !== 127 && !multicast && !linkLocal;
  }
  if (ip.length !== 16) return false;
  const unspecifiedOrLoopback = ip.subarray(0, 15).every((byte) => byte === 0) && (ip[15] ?? 0) <= 1;
  const multicast = ip[0] === 0xff;
  const linkLocal = ip[0] === 0xfe && ((ip[1] ?? 0) & 0xc0) === 0x80;
  return !unspecifiedOrLoopback && !multicast && !linkLocal;
}

/** Whether the address is in none of the reserved ranges. */
export function isRoutable(ip: Ip): boolean {
  const v4 = asIPv4(ip);
  if (v4) return !RESERVED_V4.some((range) => contains(range, v4));
  return ip.length !== 16 || !RESERVED_V6.some((range) => contains(range, ip));
}

/** Whether other nodes may reach an address. */
export function isReachable(ip: Ip | null): boolean {
  return ip !== null && isGlobalUnicast(ip) && isRoutable(ip);
}

/** Refuses an address that other nodes could not reach, unless the network allows such. */
export function verifyAddress(ip: Ip | null, allowUnroutable: boolean): void {
  if (allowUnroutable) return;
  if (ip === null || !isGlobalUnicast(ip)) throw invalidArgument("address not global unicast");
  if (!isRoutable(ip)) throw invalidArgument("address not routable");
}
