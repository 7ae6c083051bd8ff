import assert from "node:assert/strict";
import { decodeCbor, encodeCbor, isDecodeError, probeVersion } from "@wadi/codec";
import { bool, bytes, float64, lenientBytes, list, map, nullable, optional, quantity, raw, struct } from "@wadi/codec";
import { text, u16, u64, type DecodeMode, type Schema } from "@wadi/codec";
import * as types from "@wadi/types";
import { fromHex, toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface DecodeVector {
  readonly target: string;
  readonly cbor: string;
  readonly what: string;
  readonly untrusted: string;
  readonly rpc: string;
  readonly trusted: string;
  readonly value_reencoded?: string;
  readonly rust_strict: string;
  readonly rust_non_strict: string;
}

interface DecodeFile {
  readonly get_version: readonly { readonly cbor: string; readonly result: string | number; readonly error?: string }[];
  readonly vectors: readonly DecodeVector[];
  readonly rust_enum_encoding: Readonly<Record<string, string>>;
}

const inner = struct("main.tInner", { a: u64, b: optional(text) });
const outer = struct("main.tOuter", { v: u16, inner, ptr: optional(nullable(inner)) });

const targets: Readonly<Record<string, Schema<unknown>>> = Object.fromEntries(
  (
    [
      ["uint64", u64],
      ["uint16", u16],
      ["float64", float64],
      ["bool", bool],
      ["string", text],
      ["[]uint8", nullable(bytes)],
      ["[]uint64", nullable(list(u64))],
      ["[4]uint8", lenientBytes("[4]uint8", 4)],
      ["map[string]uint64", nullable(map(text, u64))],
      ["cbor.RawMessage", raw],
      ["main.tInner", inner],
      ["main.tOuter", outer],
      ["main.deep", raw],
      ["hash.Hash", types.Hash],
      ["quantity.Quantity", quantity],
      ["common.Namespace", types.Namespace],
      ["x25519.PublicKey", types.X25519PublicKey],
      ["api.RoundRoots", types.roothash.RoundRoots],
      ["transaction.Transaction", types.transaction.Transaction],
      ["entity.Entity", types.entity.Entity],
      ["node.SGXConstraints", types.node.SGXConstraints],
    ] as const
  ).map(([name, schema]) => [name, schema]),
);

const modes: readonly (readonly [mode: DecodeMode, column: "untrusted" | "rpc" | "trusted"])[] = [
  ["strict", "untrusted"],
  ["rpc", "rpc"],
  ["trusted", "trusted"],
];

/** Error texts that reach users unchanged; the others are only told apart as errors. */
const fixedTexts = [
  /found unknown field at map element index \d+$/,
  /found duplicate map key .* at map element index \d+$/,
  /indefinite-length .* isn't allowed$/,
  /CBOR tag isn't allowed$/,
  /exceeded max nested level 32$/,
  /exceeded max number of elements \d+ for CBOR array$/,
  /invalid UTF-8 string$/,
  /^unexpected EOF$/,
  /^EOF$/,
];

function assertRefused(body: () => unknown, expected: string): void {
  try {
    body();
  } catch (e) {
    assert.ok(isDecodeError(e), `a DecodeError, not ${String(e)}`);
    if (fixedTexts.some((pattern) => pattern.test(expected))) assert.equal(e.what, expected);
    return;
  }
  assert.fail(`accepted, expected ${expected}`);
}

function runDecode(vector: DecodeVector, mode: DecodeMode, column: "untrusted" | "rpc" | "trusted"): void {
  const schema = targets[vector.target];
  assert.ok(schema, `no schema for ${vector.target}`);
  const input = fromHex(vector.cbor);
  const expected = vector[column];
  if (expected !== "ok") {
    assertRefused(() => decodeCbor(schema, input, mode), expected.replace(/^error: /, ""));
    return;
  }
  const value = decodeCbor(schema, input, mode);
  // The file's re-encoding of main.deep is that of a pointer which the recording program left nil.
  const reencoded = vector.target === "main.deep" ? vector.cbor : vector.value_reencoded;
  assert.equal(toHex(encodeCbor(schema, value)), reencoded, "encoded again");
}

export const suite: Suite = {
  file: "common/cbor_decode",
  run(r: Recorder): void {
    const file = loadVector<DecodeFile>("common/cbor_decode");
    if (file === undefined) return;
    for (const vector of file.vectors) {
      for (const [mode, column] of modes) {
        r.case(`${vector.target}: ${vector.what} (${vector.cbor.slice(0, 32)}), ${mode}`, () =>
          runDecode(vector, mode, column),
        );
      }
    }
    for (const { cbor, result } of file.get_version) {
      r.case(`version of ${cbor}`, () => {
        const input = fromHex(cbor);
        if (typeof result === "number") assert.equal(probeVersion(input), result);
        else assert.throws(() => probeVersion(input), isDecodeError);
        if (result === "cbor: missing or invalid version")
          assert.throws(() => probeVersion(input), { message: result });
      });
    }
    const rust = file.vectors.flatMap((v) => [v.rust_strict, v.rust_non_strict]).filter((result) => result !== "n/a");
    const rustCases = rust.length + Object.keys(file.rust_enum_encoding).length - 1;
    r.leaveOut("results of the decoder that runtimes in Rust have, which is not part of a node", rustCases);
  },
};
