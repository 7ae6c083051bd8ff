import assert from "node:assert/strict";
import { test } from "node:test";
import { loadVector } from "@wadi/testing";
import { fromHex } from "@wadi/util";
import { encodeLocalConfig } from "../local-config.ts";
import { body, bodySchemas, type Body } from "./bodies.ts";
import { encodeMessage, messageTypes } from "./message.ts";

interface HostFrames {
  readonly frames: readonly { readonly name: string; readonly body_type: string; readonly frame_hex: string }[];
}

/** Refuses what runtimes written in Rust cannot read; returns where the item ends. */
function checkItem(bytes: Buffer, start: number, where: string): number {
  const head = bytes[start] as number;
  const [major, info] = [head >> 5, head & 0x1f];
  assert.ok(major !== 6 && info < 28, `${where}: tag or indefinite length`);
  const size = info < 24 ? 0 : 1 << (info - 24);
  let at = start + 1 + size;
  if (major === 7) {
    assert.ok(info >= 20 && info <= 22, `${where}: float or unknown simple value`);
    return at;
  }
  const argument = size === 0 ? BigInt(info) : BigInt(`0x${bytes.subarray(start + 1, at).toString("hex")}`);
  const least = [24n, 0x100n, 0x10000n, 0x1_0000_0000n][info - 24];
  assert.ok(size === 0 || argument >= (least as bigint), `${where}: length is not minimal`);
  if (major <= 1) return at;
  if (major <= 3) return at + Number(argument);
  let previous: Buffer | undefined;
  for (let i = 0; i < Number(argument); i++) {
    const inside = `${where}[${i}]`;
    if (major === 4) {
      assert.notEqual(bytes[at], 0xf6, `${inside}: null in an array`);
    } else {
      const end = checkItem(bytes, at, inside);
      const key = bytes.subarray(at, end);
      const isAfter =
        !previous || previous.length < key.length || (previous.length === key.length && previous.compare(key) < 0);
      assert.ok(isAfter, `${inside}: keys are not in canonical order`);
      previous = key;
      at = end;
    }
    at = checkItem(bytes, at, inside);
  }
  return at;
}

function check(message: Uint8Array, name: string): void {
  assert.equal(checkItem(Buffer.from(message), 0, name), message.length, `${name}: bytes at the end`);
}

test("what a host sends is readable for Rust: empty bodies", () => {
  for (const [type, schema] of Object.entries(bodySchemas)) {
    const isFromHost = /^Runtime.*Request$|^Host.*Response$|^Empty$|^Error$/.test(type);
    if (!isFromHost) continue;
    const empty = { type, value: schema.zero() } as Body;
    check(encodeMessage({ id: 300n, messageType: messageTypes.request, body: empty }), type);
  }
});

test("what a host sends is readable for Rust: configurations of every form", () => {
  const localConfig = encodeLocalConfig({
    bb: [1, -500, 2n ** 63n, "text", new Uint8Array(300), true],
    a: { z: null, y: { xx: 1, x: [] } },
  });
  const value = { ...bodySchemas.RuntimeInfoRequest.zero(), localConfig };
  check(encodeMessage({ id: 0n, messageType: messageTypes.request, body: body("RuntimeInfoRequest", value) }), "info");
});

test("the check refuses what it should and accepts what the reference sends", () => {
  const bad = ["81f6", "fb3ff0000000000000", "1801", "a2616201616101", "c001", "9f01ff"];
  for (const hex of bad) assert.throws(() => check(fromHex(hex), hex), hex);
  const recorded = loadVector<HostFrames>("runtime/rhp-frames")?.frames ?? [];
  for (const { name, body_type: type, frame_hex: hex } of recorded) {
    // Entries of proofs may be null: an optional type in Rust.
    if (type !== "HostStorageSyncResponse") check(fromHex(hex).subarray(4), name);
  }
});
