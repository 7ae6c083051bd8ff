import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "@wadi/kv";
import { utf8 } from "@wadi/util";
import { KvLocalStorage } from "./kv-local-storage.ts";

test("what is set is got, large values too; odd keys are refused", async () => {
  await using store = new MemoryStore();
  const local = new KvLocalStorage(store);
  assert.equal(local.get(utf8("key")), undefined);
  const sealed = new Uint8Array(124_000).fill(7);
  local.set(utf8("key"), utf8("old"));
  local.set(utf8("key"), sealed);
  assert.deepEqual(local.get(utf8("key")), sealed);
  local.set(utf8("empty"), utf8(""));
  assert.deepEqual(local.get(utf8("empty")), utf8(""));
  for (const key of [utf8(""), new Uint8Array(1025)]) {
    assert.throws(() => local.get(key), { message: "invalid local storage key" });
    assert.throws(() => local.set(key, utf8("value")), { message: "invalid local storage key" });
  }
});
