// The connection of a command to a node. Reference: go/oasis-node/cmd/common/grpc/grpc.go.
import { statSync } from "node:fs";
import { lookup } from "node:dns/promises";
import { BlockList } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ErrRpc, RpcConnection } from "@wadi/rpc";
import { WadiError, isError } from "@wadi/util";

import type { Logger } from "../../log.ts";

export interface NodeAddress {
  readonly address: string;
  readonly insecure: boolean;
}

/** An address that no connection can be made to. */
class AddressError extends Error {
  override readonly name = "AddressError";
}

/** Connects to the node at an address, with the first call. Rejects with AddressError. */
export async function connectTo({ address, insecure }: NodeAddress, log: Logger): Promise<RpcConnection> {
  const [, scheme] = /^(unix|unix-abstract):/.exec(address) ?? [];
  if (scheme !== undefined) return new RpcConnection(address);
  if (isFile(address)) {
    log.warn(`'${address}' is a file name. Assuming 'unix:${address}'.`);
    return new RpcConnection(`unix:${address}`);
  }
  if (!insecure) throw new AddressError("connections with TLS are not supported yet: use the node's socket");
  await requireLoopback(address);
  return new RpcConnection(address);
}

/** Runs `body` with a connection; without one the log says why and the exit code is 1. */
export async function connected(
  to: NodeAddress,
  log: Logger,
  body: (connection: RpcConnection) => Promise<number>,
): Promise<number> {
  let connection: RpcConnection;
  try {
    connection = await connectTo(to, log);
  } catch (err) {
    if (!(err instanceof AddressError)) throw err;
    log.error("failed to establish connection with node", { err });
    return 1;
  }
  using open = connection;
  return await body(open);
}

function isFile(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isDirectory();
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

async function requireLoopback(address: string): Promise<void> {
  const [, bracketed, plain = ""] = /^(?:\[(.*)\]|([^:]*)):\d+$/.exec(address) ?? [];
  const refusal = new AddressError(`insecure loopback requested but address is not loopback: ${address}`);
  const found = await lookup(bracketed ?? plain, { all: true }).catch(() => []);
  const isLocal = found.every((one) => loopback.check(one.address, one.family === 6 ? "ipv6" : "ipv4"));
  if (found.length === 0 || !isLocal) throw refusal;
}

const UNAVAILABLE = 14;
const RETRY_MS = 100;

/** Runs calls; with `wait` it does so again until there is a node. */
export async function whenAvailable<T>(call: () => Promise<T>, wait: boolean): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (e) {
      if (!wait || statusOf(e) !== UNAVAILABLE) throw e;
      await sleep(RETRY_MS);
    }
  }
}

function statusOf(e: unknown): unknown {
  return e instanceof WadiError && isError(e, ErrRpc) ? e.data?.["status"] : undefined;
}

/** Names of statuses as Go programs print them, by their numbers. */
const STATUS_NAMES: readonly string[] = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
];

/** The text of a failed call: that of a coded error, or of the transport's status. */
export function failureText(e: unknown): string {
  const status = statusOf(e);
  if (typeof status !== "number") return e instanceof Error ? e.message : String(e);
  const { context = "" } = e as WadiError;
  const [, reason = context] = /Last error: (?:Error: )?(.*?)\.? Resolution note:/s.exec(context) ?? [];
  return `rpc error: code = ${STATUS_NAMES[status] ?? `Code(${status})`} desc = ${reason}`;
}
