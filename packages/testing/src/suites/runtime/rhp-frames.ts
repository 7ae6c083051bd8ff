import assert from "node:assert/strict";
import { decodeCbor, encodeCbor, list } from "@wadi/codec";
import { EMPTY_HASH, hashOf } from "@wadi/crypto";
import { bodySchemas, encodeMessage, frame, FrameReader, parseMessage } from "@wadi/runtime-protocol";
import { roothash } from "@wadi/types";
import { fromHex, must, toHex } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface Frame {
  readonly name: string;
  readonly body_type: string;
  readonly frame_hex: string;
}
interface HeaderCase {
  readonly cbor: string;
  readonly hash: string;
}
interface File {
  readonly frames: readonly Frame[];
  readonly extra: {
    readonly block_header_cbor: string;
    readonly block_header_hash: string;
    readonly empty_hash: string;
    readonly header_no_messages: HeaderCase;
    readonly header_with_in_msgs: HeaderCase & { readonly in_msgs_cbor: string; readonly in_msgs_hash: string };
  };
}

function checkFrame({ body_type: type, frame_hex: hex }: Frame): void {
  const reader = new FrameReader();
  // In pieces of one byte and as a whole.
  for (const byte of fromHex(hex)) {
    assert.equal(reader.next(), undefined);
    reader.push(Uint8Array.of(byte));
  }
  reader.push(fromHex(hex));
  for (const how of ["byte by byte", "whole"]) {
    const message = parseMessage(must(reader.next(), how));
    assert.equal(message.body?.type, type, how);
    assert.equal(toHex(frame(encodeMessage(message))), hex, how);
  }
  assert.ok(reader.isAtBoundary);
}

function checkHeader({ cbor, hash }: HeaderCase): roothash.ComputeResultsHeader {
  const header = decodeCbor(roothash.ComputeResultsHeader, fromHex(cbor));
  assert.equal(toHex(encodeCbor(roothash.ComputeResultsHeader, header)), cbor);
  assert.equal(roothash.computeResultsHash(header), hash);
  return header;
}

function runExtra(r: Recorder, { extra }: File): void {
  r.case("block header", () => {
    const header = decodeCbor(roothash.Header, fromHex(extra.block_header_cbor));
    assert.equal(toHex(encodeCbor(roothash.Header, header)), extra.block_header_cbor);
    assert.equal(roothash.headerHash(header), extra.block_header_hash);
  });
  r.case("empty hash", () => {
    assert.equal(EMPTY_HASH, extra.empty_hash);
    assert.equal(hashOf(new Uint8Array(0)), extra.empty_hash);
  });
  r.case("header without messages", () => {
    const header = checkHeader(extra.header_no_messages);
    assert.equal(header.messagesHash, roothash.messagesHash([]));
    assert.equal(header.inMsgsHash, roothash.incomingMessagesHash([]));
    assert.equal(header.previousHash, extra.block_header_hash);
  });
  r.case("header with incoming messages", () => {
    const { in_msgs_cbor: cbor, in_msgs_hash: hash } = extra.header_with_in_msgs;
    const messages = decodeCbor(list(roothash.IncomingMessage), fromHex(cbor));
    assert.equal(toHex(encodeCbor(list(roothash.IncomingMessage), messages)), cbor);
    assert.equal(roothash.incomingMessagesHash(messages), hash);
    const header = checkHeader(extra.header_with_in_msgs);
    assert.equal(header.inMsgsHash, hash);
    assert.equal(header.inMsgsCount, messages.length);
  });
}

export const suite: Suite = {
  file: "runtime/rhp-frames",
  run(r) {
    const file = loadVector<File>("runtime/rhp-frames");
    if (file === undefined) return;
    for (const recorded of file.frames) r.case(recorded.name, () => checkFrame(recorded));
    r.case("every recorded body has a schema", () => {
      for (const { body_type: type } of file.frames) assert.ok(Object.hasOwn(bodySchemas, type), type);
    });
    runExtra(r, file);
  },
};
