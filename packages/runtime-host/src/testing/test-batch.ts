// A batch of two transactions as a sound runtime computes it.
import { addOutput, addTransaction, RootType, Tree, unpack, type WriteLog, type WriteLogEntries } from "@wadi/mkvs";
import { hashOf } from "@wadi/crypto";
import { type ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import { roothash, type Hash, type Address } from "@wadi/types";
import { utf8 } from "@wadi/util";
import type { BatchRequest } from "../batch/execute-batch.ts";
import { testRuntimeId } from "./test-runtime.ts";

export const testHeader = roothash.emptyHeader({
  namespace: testRuntimeId,
  round: 41n,
  timestamp: 1_700_000_000n,
  headerType: roothash.headerTypes.normal,
});

export const testRequest: BatchRequest = {
  block: { header: testHeader },
  consensusBlock: { height: 1000, meta: utf8("light block") },
  epoch: 9n,
  maxMessages: 1,
  roundResults: null,
  incoming: [
    { id: 1n, caller: `00${"11".repeat(20)}` as Address, tag: 0n, fee: 0n, tokens: 0n, data: utf8("in") },
    { id: 2n, caller: `00${"11".repeat(20)}` as Address, tag: 0n, fee: 0n, tokens: 0n, data: utf8("in 2") },
  ],
};

export const testInputs = [utf8("first"), utf8("second")];

function entriesOf(log: WriteLog): WriteLogEntries {
  return Array.from(log.changes, ([key, value]) => ({
    key: unpack(key),
    value: value === null ? null : unpack(value),
  }));
}

/** What executing these inputs gives: one incoming message is consumed, each writes a key and a tag. */
export function computeBatch(allInputs: readonly Uint8Array[]): ExecuteTxBatchResponse {
  const { namespace, round } = testHeader;
  const io = Tree.empty(RootType.io);
  allInputs.forEach((input, batchOrder) => addTransaction(io, { input, output: null, batchOrder }));
  const inputs = io.commit(namespace, round + 1n);
  for (const input of allInputs) addOutput(io, hashOf(input), utf8("done"), [{ key: utf8("tag"), value: input }]);
  const outputs = io.commit(namespace, round + 1n);
  const state = Tree.empty(RootType.state);
  for (const input of allInputs) state.insert(input, utf8("value"));
  const written = state.commit(namespace, round + 1n);
  return {
    batch: {
      header: {
        round: round + 1n,
        previousHash: roothash.headerHash(testHeader),
        ioRoot: outputs.hash as Hash,
        stateRoot: written.hash as Hash,
        messagesHash: roothash.messagesHash([]),
        inMsgsHash: roothash.incomingMessagesHash(testRequest.incoming.slice(0, 1)),
        inMsgsCount: 1,
      },
      ioWriteLog: entriesOf(outputs.writeLog),
      stateWriteLog: entriesOf(written.writeLog),
      rakSig: new Uint8Array(64),
      messages: [],
    },
    txHashes: allInputs.map((input) => hashOf(input)),
    txRejectHashes: [],
    txInputRoot: inputs.hash as Hash,
    txInputWriteLog: entriesOf(inputs.writeLog),
  };
}

/** What executing `testInputs` gives. */
export function testResponse(): ExecuteTxBatchResponse {
  return computeBatch(testInputs);
}
