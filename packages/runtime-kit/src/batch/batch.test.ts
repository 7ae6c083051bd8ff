import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, encodeCbor, list, nullable, struct, text, u64 } from "@wadi/codec";
import { EMPTY_HASH, hashOf } from "@wadi/crypto";
import { RootType, Tree } from "@wadi/mkvs";
import { errorBody, type Body, type BodyValue } from "@wadi/runtime-protocol";
import { roothash, type Hash, type Namespace } from "@wadi/types";
import { utf8 } from "@wadi/util";
import type { RuntimeDefinition, TransactionFormat } from "../definition.ts";
import { BatchError, CallError } from "../errors.ts";
import { eventKind } from "../events.ts";
import { defineRuntime, method, query } from "../methods.ts";
import { nothing } from "../nothing.ts";
import { cell, table } from "../state/state.ts";
import { MemoryHost, RUNTIME_ID } from "../testing/memory-host.ts";
import { ArtifactTree } from "./artifacts.ts";
import { handleBatchRequest, type BatchRequest } from "./handle.ts";
import type { BatchServices } from "./services.ts";

const Tx = struct("test.Tx", { sender: text, nonce: u64, method: text, value: text });
type Tx = ReturnType<typeof Tx.zero>;

const total = cell("total", u64);
const names = table("name/", text);
const Said = eventKind("test", 7, text);
const noMessage: roothash.Message = { staking: null, registry: null, governance: null };

const format: TransactionFormat<Tx> = {
  decode(input) {
    if (input[0] === 0xff) throw new CallError("test", 9, "unreadable");
    return decodeCbor(Tx, input);
  },
  call: ({ method: name, value }) => ({ method: name, args: encodeCbor(text, value) }),
  authenticate({ state }, { sender }) {
    if (sender === "nobody") throw new CallError("test", 2, "unknown sender");
    total.set(state, (total.get(state) ?? 0n) + 1n);
  },
  encode: (outcome) => (outcome.ok ? outcome.result : utf8(`${outcome.error.code} ${outcome.error.message}`)),
};

const runtime: RuntimeDefinition<Tx> = defineRuntime({
  version: { major: 1, minor: 2, patch: 3 },
  transactions: format,
  schedule: { maxBatchSize: 3 },
  methods: {
    name: method({
      args: text,
      result: nullable(text),
      validate(_, value) {
        if (value === "bad") throw new CallError("test", 3, "bad name");
      },
      call(context, value) {
        const before = names.get(context.state, "last") ?? null;
        names.set(context.state, "last", value);
        names.set(context.state, value, value);
        context.emit(Said, value);
        context.emit(Said, "again");
        context.emitTag("plain", value);
        return before;
      },
    }),
    fail: method({
      args: text,
      result: nothing,
      call(context, value) {
        names.set(context.state, "never", value);
        context.emitTag("never", "");
        context.emitMessage(noMessage);
        if (value === "unexpected") throw new TypeError("a defect");
        if (value === "stack")
          return (function again(): null {
            return again();
          })();
        throw new CallError("test", 4, "failed");
      },
    }),
    message: method({ args: text, result: u64, call: (context) => BigInt(context.emitMessage(noMessage)) }),
    // What a runtime in JavaScript can do although the types forbid it.
    later: method({ args: text, result: nothing, call: () => Promise.resolve(null) as never }),
    swallow: method({
      args: text,
      result: nullable(text),
      call({ state }) {
        try {
          return names.get(state, "unknown") ?? null;
        } catch {
          return "the host failed and nobody knows";
        }
      },
    }),
  },
  queries: { total: query({ args: nothing, result: u64, call: ({ state }) => total.get(state) ?? 0n }) },
  endBlock: (context) => context.emitTag("block", "end"),
});

function tx(name: string, value = "", sender = "somebody", nonce = 0n): Uint8Array {
  return encodeCbor(Tx, { sender, nonce, method: name, value });
}

function executeRequest(
  host: MemoryHost,
  inputs: readonly Uint8Array[],
  mode: number,
): Body<"RuntimeExecuteTxBatchRequest"> {
  const header = host.header;
  const ioRoot = mode === 1 ? ("00".repeat(32) as Hash) : new ArtifactTree(inputs).inputs.root;
  const value = {
    mode,
    consensusBlock: { height: 5, meta: null },
    roundResults: null,
    ioRoot,
    inputs: [...inputs],
    inMessages: [],
    block: { header },
    epoch: 3n,
    maxMessages: 1,
  };
  return { type: "RuntimeExecuteTxBatchRequest", value };
}

function answer(request: BatchRequest, services: BatchServices): Body {
  try {
    return handleBatchRequest(runtime, request, services);
  } catch (e) {
    return errorBody(e);
  }
}

function execute(
  host: MemoryHost,
  inputs: readonly Uint8Array[],
  mode = 0,
): BodyValue<"RuntimeExecuteTxBatchResponse"> {
  const response = answer(executeRequest(host, inputs, mode), host.services);
  if (response.type === "Error") assert.fail(response.value.message);
  return response.value as BodyValue<"RuntimeExecuteTxBatchResponse">;
}

/** What the I/O log says under a key that begins with this. */
function logged({ batch }: BodyValue<"RuntimeExecuteTxBatchResponse">, prefix: string): (Uint8Array | null)[] {
  return batch.ioWriteLog
    .filter(({ key }) => Buffer.from(key).toString("latin1").startsWith(prefix))
    .map(({ value }) => value);
}

function outputs(response: BodyValue<"RuntimeExecuteTxBatchResponse">): string[] {
  return logged(response, "T").map((item) =>
    Buffer.from(item ?? [])
      .toString("latin1")
      .replace(/^.{2,3}(?=\d )/s, ""),
  );
}

test("state, tags, events and roots of a batch", () => {
  const host = new MemoryHost();
  const response = execute(host, [tx("name", "ada"), tx("name", "bob")]);
  const { header, stateWriteLog } = response.batch;
  assert.equal(header.round, host.header.round + 1n);
  assert.equal(header.previousHash, roothash.headerHash(host.header));
  assert.deepEqual(
    stateWriteLog.map(({ key }) => Buffer.from(key).toString()),
    ["name/ada", "name/bob", "name/last", "total"],
  );
  assert.equal(host.apply(stateWriteLog), header.stateRoot);
  assert.equal(logged(response, "Eplain").length, 2);
  assert.deepEqual(logged(response, "Eblock"), [utf8("end")]);
  const [said] = logged(response, "Etest\0\0\0\x07");
  const texts = decodeCbor(list(text), said ?? new Uint8Array(0));
  assert.equal(texts[1], "again");
});

test("the same batch twice gives the same answer, whatever was computed in between", () => {
  const host = new MemoryHost();
  const inputs = [tx("name", "ada"), tx("fail", "x"), tx("message")];
  const first = execute(host, inputs);
  execute(host, [tx("name", "eve")]);
  assert.deepEqual(execute(host, inputs), first);
});

test("a failed call is undone, its authentication is not", () => {
  const host = new MemoryHost();
  const response = execute(host, [tx("fail", "x"), tx("fail", "unexpected"), tx("nope")]);
  assert.deepEqual(
    response.batch.stateWriteLog.map(({ key }) => Buffer.from(key).toString()),
    ["total"],
  );
  assert.deepEqual(response.batch.messages, []);
  assert.deepEqual(logged(response, "Enever"), []);
  assert.deepEqual(outputs(response).sort(), ["1 unexpected error", "2 unknown method: nope", "4 failed"]);
});

test("messages are limited for the block, and a failed call gives its own back", () => {
  const host = new MemoryHost();
  const response = execute(host, [tx("fail", "x"), tx("message", "1"), tx("message", "2")]);
  assert.equal(response.batch.messages.length, 1);
  assert.equal(response.batch.header.messagesHash, roothash.messagesHash(response.batch.messages));
  assert.ok(outputs(response).includes("4 too many messages"));
});

test("what depends on the machine ends the batch", () => {
  const host = new MemoryHost();
  for (const [name, value, message] of [
    ["fail", "stack", /out of stack/],
    ["later", "", /methods are synchronous/],
  ] as const) {
    const response = answer(executeRequest(host, [tx(name, value)], 0), host.services);
    assert.equal(response.type, "Error", name);
    assert.match(response.value.message, message);
  }
});

test("a failure of the host cannot be caught by runtime code", () => {
  const host = new MemoryHost();
  host.apply(execute(host, [tx("name", "ada")]).batch.stateWriteLog);
  host.failure = new BatchError("unknown", 1, "no storage");
  const response = answer(executeRequest(host, [tx("swallow")], 0), host.freshServices());
  assert.deepEqual(response, errorBody(host.failure));
});

test("a proof that does not fit the root ends the batch", () => {
  const host = new MemoryHost();
  host.apply(execute(host, [tx("name", "ada")]).batch.stateWriteLog);
  const other = Tree.empty(RootType.state);
  other.insert(utf8("name/last"), utf8("forged"));
  other.commit(RUNTIME_ID, host.header.round);
  host.lie = other;
  const response = answer(executeRequest(host, [tx("swallow")], 0), host.freshServices());
  assert.equal(response.type, "Error");
});

test("inputs must be those of the root, and readable", () => {
  const host = new MemoryHost();
  const request = executeRequest(host, [tx("name", "ada")], 0);
  const wrong = { ...request, value: { ...request.value, ioRoot: EMPTY_HASH } };
  assert.deepEqual(answer(wrong, host.services).value, {
    module: "dispatcher",
    code: 1,
    message: "I/O root inconsistent with inputs",
  });
  const unreadable = answer(executeRequest(host, [Uint8Array.of(0xff)], 0), host.services);
  assert.match((unreadable as Body<"Error">).value.message, /malformed transaction in batch/);
});

test("a block of another runtime is refused", () => {
  const host = new MemoryHost();
  const request = executeRequest(host, [], 0);
  const header = { ...host.header, namespace: `80${"11".repeat(31)}` as Namespace };
  const foreign = { ...request, value: { ...request.value, block: { header } } };
  assert.match((answer(foreign, host.services) as Body<"Error">).value.message, /block namespace does not match/);
});

test("scheduling takes what passes its check, up to the limit, and fetches more", () => {
  const host = new MemoryHost();
  const good = ["a", "b", "c"].map((value) => tx("name", value));
  const bad = [tx("name", "bad"), tx("name", "x", "nobody"), Uint8Array.of(0xff), new Uint8Array(0)];
  host.pool = [tx("name", "bad"), good[2] as Uint8Array, tx("name", "d")];
  const offered = [...bad, ...good.slice(0, 2), good[0] as Uint8Array];
  const response = execute(host, offered, 1);
  assert.deepEqual(
    response.txHashes,
    good.map((input) => hashOf(input)),
  );
  assert.deepEqual(
    response.txRejectHashes.toSorted(),
    bad.map((input) => hashOf(input)).toSorted(),
    "an input that comes twice is neither taken nor rejected again",
  );
  assert.deepEqual(host.fetched, [{ offset: hashOf(offered.at(-1) as Uint8Array), limit: 3 }]);
  const again = execute(host, good);
  assert.deepEqual(again.batch, response.batch, "execution of the schedule");
});

test("checks change nothing and tell per transaction", () => {
  const host = new MemoryHost();
  const request: Body<"RuntimeCheckTxBatchRequest"> = {
    type: "RuntimeCheckTxBatchRequest",
    value: {
      consensusBlock: { height: 5, meta: null },
      inputs: [tx("name", "ada"), tx("name", "bad"), tx("nope"), Uint8Array.of(0xff), tx("fail", "not run")],
      block: { header: host.header },
      epoch: 3n,
      maxMessages: 1,
    },
  };
  const response = answer(request, host.services) as Body<"RuntimeCheckTxBatchResponse">;
  assert.deepEqual(
    response.value.results.map(({ error, meta }) => [error.code, meta === null]),
    [
      [0, false],
      [3, true],
      [2, true],
      [9, true],
      [0, false],
    ],
  );
});

test("queries see the state and cannot change it", () => {
  const host = new MemoryHost();
  host.apply(execute(host, [tx("name", "ada"), tx("name", "bob")]).batch.stateWriteLog);
  const ask = (name: string): Body =>
    answer(
      {
        type: "RuntimeQueryRequest",
        value: {
          consensusBlock: { height: 5, meta: null },
          header: host.header,
          epoch: 3n,
          maxMessages: 0,
          method: name,
          args: new Uint8Array(0),
        },
      },
      host.freshServices(),
    );
  const found = ask("total") as Body<"RuntimeQueryResponse">;
  assert.equal(decodeCbor(u64, found.value.data), 2n);
  assert.equal((ask("nope") as Body<"Error">).value.module, "runtime-kit");
  assert.ok(host.asked > 0, "nodes were fetched with proofs");
});
