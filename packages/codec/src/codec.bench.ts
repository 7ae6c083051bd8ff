// Operations per second on structures like those of every block and every epoch.
import { benchLine, throughput } from "@wadi/testing";
import { bytes } from "./bytes.ts";
import { decodeCbor, encodeCbor } from "./cbor.ts";
import { fixedHex } from "./fixed-hex.ts";
import { i64, u16, u32, u64, u8 } from "./integers.ts";
import { decodeJson, encodeJson } from "./json.ts";
import { list } from "./list.ts";
import { map } from "./map.ts";
import { nullable } from "./nullable.ts";
import { quantity } from "./quantity.ts";
import { raw } from "./bytes.ts";
import { text } from "./scalars.ts";
import { named, optional } from "./schema.ts";
import type { Schema, TypeOf } from "./schema.ts";
import { create, struct } from "./struct.ts";

const key = fixedHex("key", 32, { json: "base64" });
const address = fixedHex("address", 21);

const Fee = struct("fee", { amount: quantity, gas: u64 });
const Transaction = struct("transaction", {
  nonce: u64,
  fee: optional(nullable(Fee)),
  method: text,
  body: optional(raw),
});

const Endpoint = struct("endpoint", {
  ip: named("IP", nullable(bytes)),
  port: named("Port", i64),
  zone: named("Zone", text),
});
const Version = struct("version", { major: optional(u16), minor: optional(u16), patch: optional(u16) });
const Tee = struct("tee", { hardware: u8, rak: key, rek: optional(nullable(key)), attestation: bytes });
const NodeRuntime = struct("runtime", {
  id: key,
  version: Version,
  capabilities: struct("capabilities", { tee: optional(nullable(Tee)) }),
  extraInfo: nullable(bytes),
});
const Node = struct("node", {
  v: u16,
  id: key,
  entityId: key,
  expiration: u64,
  tls: struct("tls", { pubKey: key }),
  p2p: struct("p2p", { id: key, addresses: nullable(list(Endpoint)) }),
  consensus: struct("consensus", { id: key, addresses: nullable(list(struct("at", { id: key, address: Endpoint }))) }),
  vrf: struct("vrf", { id: key }),
  runtimes: nullable(list(NodeRuntime)),
  roles: u32,
  softwareVersion: optional(text),
});
const Ledger = map(address, struct("account", { balance: optional(quantity), nonce: optional(u64) }));

const hexOf = (seed: number, size: number): string =>
  Array.from({ length: size }, (_, i) => ((seed * 31 + i * 7) & 0xff).toString(16).padStart(2, "0")).join("");
const endpoint = { ip: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1), port: 26656n, zone: "" };

const transaction = create(Transaction, {
  nonce: 123_456n,
  fee: { amount: 2000n, gas: 1500n },
  method: "staking.Transfer",
  body: encodeCbor(struct("transfer", { to: address, amount: quantity }), { to: hexOf(1, 21), amount: 10n ** 12n }),
});
const node: TypeOf<typeof Node> = {
  v: 3,
  id: hexOf(2, 32),
  entityId: hexOf(3, 32),
  expiration: 40_000n,
  tls: { pubKey: hexOf(4, 32) },
  p2p: { id: hexOf(5, 32), addresses: [endpoint] },
  consensus: { id: hexOf(6, 32), addresses: [{ id: hexOf(5, 32), address: endpoint }] },
  vrf: { id: hexOf(7, 32) },
  runtimes: [8, 9, 10].map((n) => ({
    id: hexOf(n, 32),
    version: { major: 0, minor: 5, patch: n },
    capabilities: {
      tee: { hardware: 1, rak: hexOf(n, 32), rek: hexOf(n + 1, 32), attestation: new Uint8Array(1024) },
    },
    extraInfo: null,
  })),
  roles: 1,
  softwareVersion: "26.1",
};
const ledger = new Map(
  Array.from({ length: 10_000 }, (_, i) => [
    `00${((i * 2_654_435_761) >>> 0).toString(16).padStart(8, "0")}${hexOf(i, 16)}`,
    { balance: BigInt(i) * 1_000_003n, nonce: BigInt(i % 50) },
  ]),
);

function measure<T>(name: string, schema: Schema<T>, value: T): void {
  const cbor = encodeCbor(schema, value);
  const json = Buffer.from(encodeJson(schema, value));
  const line = (operation: string, size: number, body: () => void): void =>
    benchLine({ name: `codec/${name}/${operation}`, unit: "ops/s", value: throughput(body), ran: `${size} bytes` });
  line("encode-cbor", cbor.length, () => encodeCbor(schema, value));
  line("decode-cbor", cbor.length, () => decodeCbor(schema, cbor));
  line("encode-json", json.length, () => encodeJson(schema, value));
  line("decode-json", json.length, () => decodeJson(schema, json));
}

measure("transaction", Transaction, transaction);
measure("node", Node, node);
measure("ledger-10k", Ledger, ledger);
