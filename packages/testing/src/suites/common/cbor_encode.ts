import assert from "node:assert/strict";
import { decodeCbor, decodeJson, encodeCbor, encodeJson } from "@wadi/codec";
import { bool, bytes, duration, float64, i64, lenientBytes, list, map, named, nullable, quantity } from "@wadi/codec";
import { struct, text, time, u64, withText, type Schema } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import * as types from "@wadi/types";
import { toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { assertFaces, compactJson, structCases, type StructCase } from "./lossless.ts";

function parseBareIP(value: string): Uint8Array | null {
  if (value === "") return null;
  const parsed = types.node.parseIP(value);
  assert.ok(parsed, `IP ${value}`);
  return parsed.ip;
}

/** Addresses printed on their own are objects; in lists of descriptors they are one string. */
const bareAddress = struct("node.Address", {
  ip: named(
    "IP",
    withText(nullable(bytes), {
      format: (ip) => (ip === null ? "" : types.node.formatIP(ip)),
      parse: parseBareIP,
    }),
  ),
  port: named("Port", i64),
  zone: named("Zone", text),
});

const schemas: Readonly<Record<string, unknown>> = {
  uint64: u64,
  int64: i64,
  bool,
  "<nil>": nullable(u64),
  string: text,
  "[]uint8": nullable(bytes),
  "[4]uint8": lenientBytes("[4]uint8", 4),
  "[]uint64": nullable(list(u64)),
  "[][]uint8": nullable(list(nullable(bytes))),
  "map[string]uint64": nullable(map(text, u64)),
  "map[uint64]string": nullable(map(u64, text)),
  "map[int64]string": nullable(map(i64, text)),
  float64,
  "main.fnan": float64,
  "quantity.Quantity": quantity,
  "version.Version": types.Version,
  "version.ProtocolVersions": types.ProtocolVersions,
  "hash.Hash": types.Hash,
  "common.Namespace": types.Namespace,
  "signature.PublicKey": types.PublicKey,
  "api.Address": types.Address,
  "time.Time": time,
  "time.Duration": duration,
  "api.EpochTime": types.EpochTime,
  "api.RoundRoots": types.roothash.RoundRoots,
  "sgx.EnclaveIdentity": types.sgx.EnclaveIdentity,
  "map[sgx.EnclaveIdentity]uint64": nullable(map(types.sgx.EnclaveIdentity, u64)),
  "map[api.Address]quantity.Quantity": nullable(map(types.Address, quantity)),
  "node.Address": bareAddress,
  "node.ConsensusAddress": struct("node.ConsensusAddress", { id: types.PublicKey, address: bareAddress }),
  "node.RolesMask": types.node.RolesMask,
  "api.SharePool": types.staking.SharePool,
  "api.Account": types.staking.Account,
};

function runEncode(vector: StructCase): void {
  const schema = schemas[vector.type] as Schema<unknown> | undefined;
  assert.ok(schema, `no schema for ${vector.type}`);
  assert.equal(hashOf(vector.cbor), vector.hash, "hash");
  if (vector.type === "main.fnan") {
    // Go has no JSON for these; the file spells them out.
    const name = JSON.parse(Buffer.from(vector.json).toString()) as string;
    const value = Number(name.replace("+Inf", "Infinity"));
    assert.equal(toHex(encodeCbor(schema, value)), toHex(vector.cbor), "encoded");
    assert.ok(Object.is(decodeCbor(schema, vector.cbor), value), "decoded");
    return;
  }
  if (vector.type === "time.Time" || vector.name === "nodeaddr v4 in 4 bytes") {
    // One face says more than the other: fractions in JSON, the form of the IP in CBOR.
    const fromText = decodeJson(schema, vector.json);
    assert.equal(compactJson(encodeJson(schema, fromText)), compactJson(vector.json), "JSON to JSON");
    const fromCbor = decodeCbor(schema, vector.cbor);
    assert.equal(toHex(encodeCbor(schema, fromCbor)), toHex(vector.cbor), "CBOR to CBOR");
    if (vector.type === "time.Time")
      assert.equal(toHex(encodeCbor(schema, fromText)), toHex(vector.cbor), "JSON to CBOR");
    else assert.equal(compactJson(encodeJson(schema, fromCbor)), compactJson(vector.json), "CBOR to JSON");
    return;
  }
  assertFaces(schema, vector.json, vector.cbor);
}

export const suite: Suite = {
  file: "common/cbor_encode",
  run(r: Recorder): void {
    for (const vector of structCases("common/cbor_encode")) r.case(vector.name, () => runEncode(vector));
  },
};
