import assert from "node:assert/strict";
import { decodeJson, encodeCbor, encodeJson, isDecodeError, parseQuantity, quantity, type Schema } from "@wadi/codec";
import { SignerRole } from "@wadi/crypto";
import * as types from "@wadi/types";
import { toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface TextFile {
  readonly enums: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly vectors: readonly { readonly type: string; readonly text: string; readonly result: string }[];
}

/** Reads a text by way of the type's JSON string. */
function fromText<T>(schema: Schema<T>, text: string): T {
  return decodeJson(schema, JSON.stringify(text));
}

/** The text of a value as the type's JSON string holds it. */
function textOf<T>(schema: Schema<T>, value: T): string {
  return JSON.parse(encodeJson(schema, value)) as string;
}

function addressResult(text: string): string {
  const address = types.node.parseAddress(text);
  return `${toHex(encodeCbor(types.node.Address, address))} ${types.node.formatAddress(address)}`;
}

function consensusAddressResult(text: string): string {
  return types.node.formatConsensusAddress(types.node.parseConsensusAddress(text));
}

/** What each type makes of a text, in the words of the file. */
const parsers: Readonly<Record<string, (text: string) => string>> = {
  quantity: (text) => {
    const value = parseQuantity(text);
    assert.equal(fromText(quantity, text), value, "as JSON string");
    assert.equal(parseQuantity(value.toString()), value, "printed and read again");
    return value.toString();
  },
  "quantity json": (text) => decodeJson(quantity, text).toString(),
  namespace: (text) => textOf(types.Namespace, fromText(types.Namespace, text)),
  hash: (text) => textOf(types.Hash, fromText(types.Hash, text)),
  "roles mask": (text) => {
    const mask = fromText(types.node.RolesMask, text);
    assert.equal(fromText(types.node.RolesMask, textOf(types.node.RolesMask, mask)), mask, "printed and read again");
    return String(mask);
  },
  version: (text) => types.formatVersion(types.parseVersion(text)),
  "node address": addressResult,
  "consensus address": consensusAddressResult,
};

const enumerations: Readonly<Record<string, Schema<number>>> = {
  "governance.ProposalState": types.governance.ProposalState,
  "governance.Vote": types.governance.Vote,
  "registry.RuntimeGovernanceModel": types.registry.RuntimeGovernanceModel,
  "scheduler.CommitteeKind": types.scheduler.CommitteeKind,
  "scheduler.Role": types.scheduler.Role,
  "staking.SlashReason": types.staking.SlashReason,
  "staking.ThresholdKind": types.staking.ThresholdKind,
};

function runEnumeration(name: string, value: number, text: string): void {
  if (name === "signature.SignerRole") {
    assert.equal((SignerRole as Readonly<Record<string, number>>)[text], value);
    return;
  }
  if (name === "node.RolesMask") {
    if (text !== "reserved") {
      assert.equal(textOf(types.node.RolesMask, value), text, "printed");
      assert.equal(fromText(types.node.RolesMask, text), value, "read");
    } else {
      assert.equal(value & types.node.RESERVED_ROLES, value, "reserved bits");
      assert.throws(() => fromText(types.node.RolesMask, text), isDecodeError);
    }
    return;
  }
  const schema = enumerations[name];
  assert.ok(schema, `no schema for ${name}`);
  const [plain = text] = text.split(" (write only)");
  assert.equal(textOf(schema, value), plain, "printed");
  if (plain === text) assert.equal(fromText(schema, text), value, "read");
  else assert.throws(() => fromText(schema, plain), isDecodeError);
}

export const suite: Suite = {
  file: "common/text_forms",
  run(r: Recorder): void {
    const file = loadVector<TextFile>("common/text_forms");
    if (file === undefined) return;
    for (const { type, text, result } of file.vectors) {
      r.case(`${type} ${JSON.stringify(text)}`, () => {
        const parse = parsers[type];
        assert.ok(parse, `no parser for ${type}`);
        if (result.startsWith("error: ")) assert.throws(() => parse(text), isDecodeError);
        else assert.equal(parse(text), result);
      });
    }
    for (const [name, values] of Object.entries(file.enums)) {
      for (const [value, text] of Object.entries(values)) {
        r.case(`${name} ${value} ${text}`, () => runEnumeration(name, Number(value), text));
      }
    }
  },
};
