import assert from "node:assert/strict";
import { test } from "node:test";
import { openNodeDb, RootType, Tree } from "@wadi/mkvs";
import { parseMessage, type BodyValue, type ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import { loadVector } from "@wadi/testing";
import type { Hash } from "@wadi/types";
import { fromHex, isError, must } from "@wadi/util";
import { commitBatch } from "./commit-batch.ts";
import { ErrBatchRefused } from "./errors.ts";
import { verifyBatch } from "./verify-batch.ts";

interface Recording {
  readonly frames: readonly { readonly type: string; readonly payload_hex: string }[];
}

/** Requests and answers of batches in a recorded exchange with a runtime written in Rust. */
function recordedBatches(): [BodyValue<"RuntimeExecuteTxBatchRequest">, ExecuteTxBatchResponse][] {
  const { frames } = loadVector<Recording>("runtime/rhp-recording-keyvalue") ?? { frames: [] };
  const requests = new Map<bigint, BodyValue<"RuntimeExecuteTxBatchRequest">>();
  const found: [BodyValue<"RuntimeExecuteTxBatchRequest">, ExecuteTxBatchResponse][] = [];
  for (const { type, payload_hex: hex } of frames) {
    if (!type.startsWith("RuntimeExecuteTxBatch")) continue;
    // The light block does not matter here.
    const { id, body } = parseMessage(fromHex(hex.replace(/5[89a][0-9a-f]{2,8}\{LB\}/, "40")));
    if (body?.type === "RuntimeExecuteTxBatchRequest") requests.set(id, body.value);
    if (body?.type === "RuntimeExecuteTxBatchResponse") found.push([must(requests.get(id)), body.value]);
  }
  return found;
}

const batches = recordedBatches();
const skip = batches.length === 0 ? "the recording is not at hand" : false;

test("batches of a real runtime are verified and committed", { skip }, async () => {
  for (const [request, response] of batches) {
    const context = { ...request, incoming: request.inMessages };
    const { header } = request.block;
    await using db = openNodeDb({ namespace: header.namespace });
    const verified = verifyBatch(response, context, {
      store: db,
      ...(request.mode === 0 && { ioRoot: request.ioRoot }),
    });
    if (header.stateRoot !== Tree.empty(RootType.state).hash()) continue;
    commitBatch(db, header, verified);
    const root = {
      namespace: header.namespace,
      version: verified.round,
      type: RootType.state,
      hash: verified.stateRoot,
    };
    assert.ok(db.hasRoot(root));
  }
});

test("a changed byte of any of their roots, hashes or logs is noticed", { skip }, async () => {
  const isRefused = (e: unknown): boolean => isError(e, ErrBatchRefused);
  const other = "ab".repeat(32) as Hash;
  for (const [request, response] of batches) {
    const context = { ...request, incoming: request.inMessages };
    const { batch } = response;
    for (const member of ["previousHash", "ioRoot", "messagesHash", "inMsgsHash"] as const) {
      const changed = { ...response, batch: { ...batch, header: { ...batch.header, [member]: other } } };
      assert.throws(() => verifyBatch(changed, context), isRefused, member);
    }
    await using db = openNodeDb({ namespace: request.block.header.namespace });
    const verified = verifyBatch(
      { ...response, batch: { ...batch, header: { ...batch.header, stateRoot: other } } },
      context,
      { store: db },
    );
    if (batch.stateWriteLog.length > 0) assert.throws(() => commitBatch(db, request.block.header, verified), isRefused);
  }
});
