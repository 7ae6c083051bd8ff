// Encodings of staking, governance, vault, upgrade and consensus-parameter values, and addresses.
import assert from "node:assert/strict";
import { bool, encodeJson, jsonRaw, list, optional, quantity, struct, text, type Schema } from "@wadi/codec";
import { stakingApp } from "@wadi/apps";
import {
  addressFromText,
  addressToText,
  isReservedAddress,
  moduleAddress,
  namespaceFromBytes,
  publicKeyFromHex,
  reservedAddresses,
  runtimeAddress,
  stakingAddress,
  vaultAddress,
  type Address,
} from "@wadi/crypto";
import { consensusGenesis, governance, results, staking, transaction, upgrade, vault } from "@wadi/types";
import { fromHex, toHex } from "@wadi/util";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import type { Suite } from "../../ledger.ts";
import { vectorBytes } from "../../vectors.ts";
import { assertCborFace, assertFaces, loadTyped } from "../common/lossless.ts";

const FILE = "apps/economy-encodings";

const File = struct("economy-encodings", {
  addresses: list(struct("address", { bech32: text, hex: text, input: text, note: text, reserved: bool })),
  values: list(
    struct("value", { type: text, note: text, cbor: text, json: optional(jsonRaw), jsonError: optional(text) }),
  ),
});

/** Where the schemas of the types are: those of a package of the reference by its name. */
const areas: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "": { quantity, EpochSigning: stakingApp.EpochSigning },
  // The consensus parameters of this file are those of the genesis document, not of the service.
  consensus: consensusGenesis,
  governance,
  results,
  staking,
  transaction,
  upgrade,
  vault,
};

function isSchema(value: unknown): value is Schema<unknown> {
  return typeof value === "object" && value !== null && "encode" in value && "decode" in value;
}

/** The schema behind `quantity`, `staking.Account` and the like. */
function schemaOf(type: string): Schema<unknown> {
  const [name = "", area = ""] = type.split(".").toReversed();
  const found = areas[area]?.[name];
  if (!isSchema(found)) throw new Error(`no schema for ${type}`);
  return found;
}

const fill = (pattern: string): string => `${pattern.slice(0, -1)}${"f".repeat(65 - pattern.length)}`;

/** The address that the case's input leads to. */
function derive(input: string): Address {
  if (input.startsWith("hash-to-curve")) return reservedAddresses.burn;
  if (input.startsWith("public key ")) return stakingAddress(publicKeyFromHex(fill(input.slice("public key ".length))));
  if (input.startsWith("namespace")) return runtimeAddress(namespaceFromBytes(new Uint8Array(32)));
  const vault = /^creator (\S+), id (\d+);/.exec(input);
  if (vault !== null) return vaultAddress(addressFromText(vault[1] ?? ""), BigInt(vault[2] ?? ""));
  const module = /^module (\S+), kind (\S+)$/.exec(input);
  if (module !== null) return moduleAddress(module[1] ?? "", module[2] ?? "");
  throw new Error(`unknown input ${input}`);
}

export const suite: Suite = {
  file: FILE,
  run(r) {
    if (vectorBytes(FILE) === undefined) return;
    const file = loadTyped(FILE, File);
    for (const { bech32, hex, input, note, reserved } of file.addresses) {
      r.case(`address ${note} ${input}`, () => {
        assert.equal(derive(input), hex, "derived");
        assert.equal(addressToText(hex as Address), bech32, "text");
        assert.equal(addressFromText(bech32), hex, "from text");
        assert.equal(isReservedAddress(hex as Address), reserved, "reserved");
      });
    }
    for (const { type, note, cbor, json, jsonError } of file.values) {
      r.case(`${type} ${note}`, () => {
        const schema = schemaOf(type);
        const bytes = fromHex(cbor);
        if (jsonError !== "") {
          const value = decodeCbor(schema, bytes);
          assert.equal(toHex(encodeCbor(schema, value)), cbor, "CBOR to CBOR");
          assert.throws(() => encodeJson(schema, value), "no JSON");
        } else if (type === "EpochSigning") {
          assertCborFace(schema, json ?? new Uint8Array(0), bytes);
        } else assertFaces(schema, json ?? new Uint8Array(0), bytes);
      });
    }
  },
};
