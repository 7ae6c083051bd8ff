// A recorded exchange with the reference's key-value runtime: every frame is read and written again,
// then the host's requests are replayed against the sample runtime of this repository.
import assert from "node:assert/strict";
import { encodeCbor } from "@wadi/codec";
import { RootType, Tree, WriteLog, ZERO_NAMESPACE, pack, type WriteLogEntries } from "@wadi/mkvs";
import { runtime } from "@wadi/runtime-keyvalue";
import { HostNodes, handleBatchRequest, isBatchRequest, type BatchServices } from "@wadi/runtime-kit/in-process";
import {
  encodeMessage,
  errorBody,
  parseMessage,
  type Body,
  type BodyValue,
  type HostRequestType,
  type Message,
  type ResponseType,
} from "@wadi/runtime-protocol";
import { roothash, type Hash, type Namespace } from "@wadi/types";
import { errorFromWire, fromHex, must, toHex, utf8 } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface Frame {
  readonly dir: "host->rt" | "rt->host";
  readonly type: string;
  readonly payload_hex: string;
}
interface Expected {
  readonly request_id: number;
  readonly mode: number;
  readonly header_cbor: string;
  readonly header_hash: string;
  readonly in_msgs_hash_recomputed: string;
  readonly io_root_recomputed: string;
  readonly messages_hash_recomputed: string;
  readonly request_block_header_hash: string;
  readonly rak_sig: string;
  readonly state_root_recomputed: string;
  readonly state_write_log_entries: number;
  readonly tx_hashes: readonly string[] | null;
  readonly tx_input_root_recomputed: string;
  readonly tx_reject_hashes: readonly string[] | null;
}
interface File {
  readonly frames: readonly Frame[];
  readonly expected: readonly Expected[];
  readonly bad_inputs: readonly { readonly input: string; readonly observed: string }[];
}
interface LightBlocks {
  readonly recorded: { readonly light_block_25300001: { readonly meta: string } };
}

/** Size of the light block that the frames leave out. */
const LIGHT_BLOCK_BYTES = 0x4fb1;

/** The frame's bytes with the light block in its place; zeros, which nothing here looks at, where it is not at hand. */
function payloadOf({ payload_hex: hex }: Frame): Uint8Array {
  if (!hex.includes("{LB}")) return fromHex(hex);
  const blocks = loadVector<LightBlocks>("cometbft/mainnet_25300000");
  const meta = blocks && Buffer.from(blocks.recorded.light_block_25300001.meta, "base64");
  return fromHex(hex.replace("{LB}", meta?.toString("hex") ?? "00".repeat(LIGHT_BLOCK_BYTES)));
}

/** Deliberately malformed, and without an answer from a runtime written in Rust. */
function isMalformed({ type, payload_hex: hex }: Frame): boolean {
  return type === "NoSuchBody" || (type === "RuntimePingRequest" && hex.includes(toHex(utf8("extra"))));
}

function checkFrame(frame: Frame): void {
  const payload = payloadOf(frame);
  const message = parseMessage(payload);
  assert.equal(message.body?.type, frame.type);
  const again = parseMessage(encodeMessage(message));
  assert.deepEqual(again, message);
  // Neither Rust nor whoever made the recording leaves out what Go does; rhp-frames compares bytes.
}

/** The answer to the request with this number, in the other direction. */
function answerTo(messages: readonly (readonly [Frame, Message])[], dir: Frame["dir"], id: bigint): Body {
  const found = messages.find(
    ([frame, message]) => frame.dir === dir && message.messageType === 2 && message.id === id,
  );
  return must(must(found)[1].body);
}

type Messages = readonly (readonly [Frame, Message])[];

/** Services whose host answers as it did in the recording. */
function recordedServices(messages: Messages, requestIds: Iterator<bigint>): BatchServices {
  return {
    info: {
      runtimeId: ("80" + "00".repeat(31)) as Namespace,
      chainContext: "bb3d748def55bdfb797a2ac53ee6ee141e54cd2ab2dc2375f4a0703a178e6e55",
      localConfig: new Map(),
    },
    nodes: new HostNodes(),
    log: () => undefined,
    host: {
      request<R extends HostRequestType>(type: R, value: BodyValue<R>): BodyValue<ResponseType<R>> {
        const id = must(requestIds.next().value as bigint | undefined);
        const asked = messages.find(([f, m]) => f.dir === "rt->host" && m.messageType === 1 && m.id === id);
        assert.deepEqual(asked?.[1].body, { type, value });
        const answer = answerTo(messages, "host->rt", id);
        if (answer.type === "Error") throw errorFromWire(answer.value.module, answer.value.code, answer.value.message);
        return answer.value as BodyValue<ResponseType<R>>;
      },
    },
  };
}

/** What the sample answers; errors as they would be sent. */
function replay(request: Body, services: BatchServices): Body {
  assert.ok(isBatchRequest(request));
  try {
    return handleBatchRequest(runtime, request, services);
  } catch (e) {
    return errorBody(e);
  }
}

function logOf(entries: WriteLogEntries): WriteLog {
  return WriteLog.from(entries.map(({ key, value }) => [pack(key), value === null ? null : pack(value)]));
}

function rootAfter(type: RootType, ...logs: readonly WriteLogEntries[]): string {
  const tree = Tree.empty(type);
  for (const log of logs) tree.applyWriteLog(logOf(log));
  return tree.commit(ZERO_NAMESPACE, 1n).hash;
}

function checkExpected(request: Body, response: Body, expected: Expected): void {
  assert.equal(request.type, "RuntimeExecuteTxBatchRequest");
  assert.equal(response.type, "RuntimeExecuteTxBatchResponse");
  const { batch, txHashes, txRejectHashes, txInputRoot, txInputWriteLog } = response.value;
  const { header } = batch;
  const actual = {
    ...expected,
    mode: request.value.mode,
    header_cbor: toHex(encodeCbor(roothash.ComputeResultsHeader, header)),
    header_hash: roothash.computeResultsHash(header),
    in_msgs_hash_recomputed: header.inMsgsHash,
    messages_hash_recomputed: roothash.messagesHash(batch.messages),
    request_block_header_hash: roothash.headerHash(request.value.block.header),
    rak_sig: toHex(batch.rakSig),
    state_root_recomputed: rootAfter(RootType.state, batch.stateWriteLog),
    state_write_log_entries: batch.stateWriteLog.length,
    io_root_recomputed: rootAfter(RootType.io, txInputWriteLog, batch.ioWriteLog),
    tx_hashes: txHashes.length === 0 ? null : txHashes,
    tx_input_root_recomputed: txInputRoot,
    tx_reject_hashes: txRejectHashes.length === 0 ? null : txRejectHashes,
  };
  assert.deepEqual(actual, expected);
  assert.deepEqual([header.ioRoot, header.stateRoot] as Hash[], [
    expected.io_root_recomputed,
    expected.state_root_recomputed,
  ]);
}

type Replay = (request: Body) => Body;

/** Bad inputs that reach runtime code, by how their description begins: where Rust aborts, the sample answers an error. */
const badInputs: Readonly<Record<string, (check: Body, execute: Body, run: Replay) => void>> = {
  "CheckTx without max_messages": ({ type, value }, _, run) => {
    assert.ok(type === "RuntimeCheckTxBatchRequest");
    assert.equal(run({ type, value: { ...value, maxMessages: 0 } }).type, "RuntimeCheckTxBatchResponse");
  },
  "CheckTx without block": ({ type, value }, _, run) => {
    assert.ok(type === "RuntimeCheckTxBatchRequest");
    const answer = run({ type, value: { ...value, block: roothash.Block.zero() } });
    assert.ok(answer.type === "Error" && answer.value.message === "block namespace does not match runtime id");
  },
  "execute mode with an io_root": (_, { type, value }, run) => {
    assert.ok(type === "RuntimeExecuteTxBatchRequest");
    const answer = run({ type, value: { ...value, mode: 0, ioRoot: "11".repeat(32) as Hash } });
    assert.ok(answer.type === "Error" && answer.value.message === "I/O root inconsistent with inputs");
  },
};

function runBadInputs(r: Recorder, file: File, messages: Messages, services: BatchServices): void {
  const bodyOf = (type: Body["type"]): Body => must(messages.find(([, { body }]) => body?.type === type)?.[1].body);
  const requests = [bodyOf("RuntimeCheckTxBatchRequest"), bodyOf("RuntimeExecuteTxBatchRequest")] as const;
  let leftOut = 0;
  for (const { input } of file.bad_inputs) {
    const found = Object.entries(badInputs).find(([beginning]) => input.startsWith(beginning));
    if (found === undefined) leftOut++;
    else r.case(input, () => found[1](...requests, (request) => replay(request, services)));
  }
  r.leaveOut("behaviour of the reference's Rust runtime library", leftOut);
}

export const suite: Suite = {
  file: "runtime/rhp-recording-keyvalue",
  run(r: Recorder): void {
    const file = loadVector<File>("runtime/rhp-recording-keyvalue");
    if (!file) return;
    const sound = file.frames.filter((frame) => !isMalformed(frame));
    file.frames.forEach((frame, i) => {
      if (!isMalformed(frame)) r.case(`frame ${i} ${frame.type}`, () => checkFrame(frame));
    });
    r.leaveOut("malformed on purpose", file.frames.length - sound.length);

    const messages = sound.map((frame) => [frame, parseMessage(payloadOf(frame))] as const);
    // The only request of the recording that reads state is the last one; numbers 0 and 1 fetch blocks.
    const services = recordedServices(messages, [2n].values());
    for (const [frame, message] of messages) {
      const request = message.body;
      if (frame.dir !== "host->rt" || request === null || !isBatchRequest(request)) continue;
      const name = `request ${message.id} ${frame.type}`;
      const recorded = messages.find(
        ([f, m]) => f.dir === "rt->host" && m.messageType === 2 && m.id === message.id,
      )?.[1].body;
      const response = replay(request, services);
      if (recorded === undefined) r.case(`${name}: fails with its host`, () => assert.equal(response.type, "Error"));
      else r.case(`${name}: the recorded answer`, () => assert.deepEqual(response, recorded));
      const expected = file.expected.find(({ request_id }) => BigInt(request_id) === message.id);
      if (expected !== undefined) r.case(`${name}: recomputed`, () => checkExpected(request, response, expected));
    }
    runBadInputs(r, file, messages, services);
    r.leaveOut("start with a trust root: needs the light client of the Rust library");
  },
};
