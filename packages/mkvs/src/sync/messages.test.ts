import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, decodeJson, encodeCbor, encodeJson } from "@wadi/codec";
import { utf8 } from "@wadi/util";
import { RootType, ZERO_NAMESPACE } from "../root.ts";
import type { Root } from "../root.ts";
import { WriteLogEntries } from "./messages.ts";
import { RootSchema } from "./root-schema.ts";

test("write log entries are pairs in JSON", () => {
  const log = [
    { key: utf8("a"), value: utf8("1") },
    { key: utf8("b"), value: new Uint8Array(0) },
    { key: utf8("c"), value: null },
  ];
  const json = '[["YQ==","MQ=="],["Yg==",""],["Yw==",null]]';
  assert.equal(encodeJson(WriteLogEntries, log), json);
  assert.deepEqual(decodeJson(WriteLogEntries, json), log);
  assert.deepEqual(decodeJson(WriteLogEntries, '[["Yw=="]]'), [log[2]]);
  assert.deepEqual(decodeCbor(WriteLogEntries, encodeCbor(WriteLogEntries, log)), log);
});

test("roots have the reference's member names in JSON", () => {
  const root: Root = { namespace: ZERO_NAMESPACE, version: 5n, type: RootType.io, hash: "11".repeat(32) };
  const json = `{"ns":"${root.namespace}","version":5,"root_type":2,"hash":"${root.hash}"}`;
  assert.equal(encodeJson(RootSchema, root), json);
  assert.deepEqual(decodeJson(RootSchema, json), root);
});
