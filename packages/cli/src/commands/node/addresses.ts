// Where others reach the node, for its registration. Reference: go/p2p/host.go,
// go/consensus/cometbft/common/common.go.
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { isDecodeError } from "@wadi/codec";
import type { Config } from "@wadi/config";
import { node, registry, type PublicKey } from "@wadi/types";

import { fail } from "./failure.ts";

export interface NodeAddresses {
  readonly p2pAddresses: readonly node.Address[];
  readonly consensusAddresses: readonly node.ConsensusAddress[];
}

/**
 * `allowsUnroutable`: whether the network lets nodes register addresses that only their neighbours reach;
 * elsewhere one such address would have the whole registration refused, so they are left out. Throws
 * StartFailure for addresses that cannot be used.
 */
export function nodeAddresses({ consensus, p2p }: Config, p2pKey: PublicKey, allowsUnroutable: boolean): NodeAddresses {
  const given = p2p.registration.addresses.map((text) => addressOf(text));
  const all = given.length > 0 ? given : localIps().map((ip) => addressOf(joined(ip, String(p2p.port))));
  const p2pAddresses = all.filter(({ ip }) => allowsUnroutable || registry.isReachable(ip));
  const text = consensus.externalAddress === "" ? consensus.listenAddress : consensus.externalAddress;
  return { p2pAddresses, consensusAddresses: [{ id: p2pKey, address: consensusAddress(text) }] };
}

function consensusAddress(text: string): node.Address {
  if (!URL.canParse(text) || new URL(text).protocol !== "tcp:") {
    return fail(`external address has invalid scheme: '${text}'`);
  }
  const { hostname, port } = new URL(text);
  const isAny = hostname === "0.0.0.0" || hostname === "[::]";
  return addressOf(isAny ? joined(localIps()[0] ?? "127.0.0.1", port) : `${hostname}:${port}`);
}

function addressOf(text: string): node.Address {
  try {
    return node.parseAddress(text);
  } catch (e) {
    if (!isDecodeError(e)) throw e;
    return fail(`malformed address: ${text}: ${e.message}`, e);
  }
}

function joined(ip: string, port: string): string {
  return isIP(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** Of the interfaces that others may see. */
function localIps(): string[] {
  return Object.values(networkInterfaces()).flatMap((interfaces = []) =>
    interfaces.filter(({ address, internal }) => !internal && !address.startsWith("fe80")).map((one) => one.address),
  );
}
