// Network addresses in node descriptors. Reference: go/common/node/address.go.
//
// Reading text differs from the reference in one point: the reference resolves host names, which
// would make decoding depend on the network; here only IP literals are read.
import {
  bytes,
  DecodeError,
  hexToBase64,
  i64,
  named,
  nullable,
  struct,
  text,
  withText,
  type Schema,
  type TypeOf,
} from "@wadi/codec";
import type { PublicKey as PublicKeyText } from "@wadi/crypto";

import { parsePublicKey, PublicKey } from "../scalars/keys.ts";
import { formatIP, ipEqual, parseIP } from "./ip.ts";

const addressMembers = struct("node.Address", {
  ip: named("IP", nullable(bytes)),
  /** Any i64 is a port on consensus input, therefore bigint. */
  port: named("Port", i64),
  zone: named("Zone", text),
});

/** IP of 4 or 16 bytes exactly as it was encoded: signatures cover the form, so it is never changed. */
export type Address = TypeOf<typeof addressMembers>;

/** Service names that Go knows without a services file. */
const services: ReadonlyMap<string, bigint> = new Map([
  ["domain", 53n],
  ["ftp", 21n],
  ["ftps", 990n],
  ["gopher", 70n],
  ["http", 80n],
  ["https", 443n],
  ["imap2", 143n],
  ["imap3", 220n],
  ["imaps", 993n],
  ["pop3", 110n],
  ["pop3s", 995n],
  ["smtp", 25n],
  ["submissions", 465n],
  ["ssh", 22n],
  ["telnet", 23n],
]);

function parsePort(port: string): bigint {
  if (port === "") return 0n;
  const number = /^\+?[0-9]+$/.test(port) ? BigInt(port.replace("+", "")) : services.get(port.toLowerCase());
  if (number === undefined) throw new DecodeError(`lookup tcp/${port}: unknown port`);
  if (number > 0xffffn) throw new DecodeError(`address ${port}: invalid port`);
  return number;
}

/** Splits `host:port` and `[host]:port` as Go's `net.SplitHostPort`. */
function splitHostPort(address: string): { host: string; port: string } {
  const refuse = (why: string): DecodeError => new DecodeError(`address ${address}: ${why}`);
  const colon = address.lastIndexOf(":");
  if (colon < 0) throw refuse("missing port in address");
  let host = address.slice(0, colon);
  if (address.startsWith("[")) {
    const end = address.indexOf("]");
    if (end < 0) throw refuse("missing ']' in address");
    if (end + 1 !== colon) {
      throw refuse(address[end + 1] === ":" ? "too many colons in address" : "missing port in address");
    }
    host = address.slice(1, end);
  } else if (host.includes(":")) {
    throw refuse("too many colons in address");
  }
  const rest = address.startsWith("[") ? host + address.slice(colon) : address;
  if (rest.includes("[")) throw refuse("unexpected '[' in address");
  if (rest.includes("]")) throw refuse("unexpected ']' in address");
  return { host, port: address.slice(colon + 1) };
}

/** `ip:port`, `[v6]:port` or `[v6%zone]:port`. */
export function formatAddress(address: Address): string {
  const host = formatIP(address.ip) + (address.zone === "" ? "" : `%${address.zone}`);
  return `${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}

/** Reads `ip:port`; IPv4 becomes the 16-byte mapped form, no host no IP. Throws DecodeError. */
export function parseAddress(address: string): Address {
  const split = splitHostPort(address);
  const port = parsePort(split.port);
  if (split.host === "") return { ip: null, port, zone: "" };
  const literal = parseIP(split.host);
  if (literal === undefined) throw new DecodeError(`lookup ${split.host}: not an IP address`);
  return { ...literal, port };
}

/** True for the same endpoint in either byte form. */
export function addressesEqual(a: Address, b: Address): boolean {
  return ipEqual(a.ip, b.ip) && a.port === b.port && a.zone === b.zone;
}

export const Address: Schema<Address> = withText(addressMembers, { format: formatAddress, parse: parseAddress });

function formatKeyed(key: PublicKeyText, address: Address): string {
  return `${hexToBase64(key)}@${formatAddress(address)}`;
}

function parseKeyed(value: string, noKey: string): { key: PublicKeyText; address: Address } {
  const parts = value.split("@");
  const [key, address] = parts;
  if (parts.length !== 2 || key === undefined || address === undefined) throw new DecodeError(noKey);
  return { key: parsePublicKey(key), address: parseAddress(address) };
}

const consensusAddressMembers = struct("node.ConsensusAddress", { id: PublicKey, address: Address });

/** Where a validator (or its sentry, whose key the ID then is) is reached. */
export type ConsensusAddress = TypeOf<typeof consensusAddressMembers>;

/** `<base64 key>@ip:port`. */
export function formatConsensusAddress(value: ConsensusAddress): string {
  return formatKeyed(value.id, value.address);
}

/** Throws DecodeError. */
export function parseConsensusAddress(value: string): ConsensusAddress {
  const { key, address } = parseKeyed(value, "node: consensus address doesn't have ID@ part");
  return { id: key, address };
}

export const ConsensusAddress: Schema<ConsensusAddress> = withText(consensusAddressMembers, {
  format: formatConsensusAddress,
  parse: parseConsensusAddress,
});

const tlsAddressMembers = struct("node.TLSAddress", { pubKey: PublicKey, address: Address });

/** Only version 2 descriptors have these. */
export type TLSAddress = TypeOf<typeof tlsAddressMembers>;

export const TLSAddress: Schema<TLSAddress> = withText(tlsAddressMembers, {
  format: (value) => formatKeyed(value.pubKey, value.address),
  parse: (value) => {
    const { key, address } = parseKeyed(value, "node: TLS address missing PubKey@ part");
    return { pubKey: key, address };
  },
});
