// The calls of the reference's test runtime (oasis-core tests/runtimes/simple-keyvalue), written
// with the kit. Left out is what needs a key manager or the consensus state: the encrypted methods
// and `consensus_accounts` do not exist here.
import { nullable, text } from "@wadi/codec";
import { defineRuntime, method, nothing, query, type Method, type QueryContext } from "@wadi/runtime-kit";
import { utf8 } from "@wadi/util";
import { Get, Insert, Remove } from "./calls.ts";
import { format, storeEpoch, testError } from "./format.ts";
import { messageMethods, takeMessageResults } from "./messages.ts";

/** The text of stored bytes, which were one when they were stored. */
function textOf(value: Uint8Array | undefined): string | null {
  return value === undefined ? null : new TextDecoder("utf-8", { fatal: true }).decode(value);
}

const MAX_VALUE_BYTES = 128;

const methods: Readonly<Record<string, Method>> = {
  get_runtime_id: method({ args: nothing, result: nullable(text), call: ({ runtimeId }) => runtimeId }),
  insert: method({
    args: Insert,
    result: nullable(text),
    validate(_, { value }) {
      if (utf8(value).length > MAX_VALUE_BYTES) throw testError("Value too big to be inserted.");
    },
    call(context, { key, value }) {
      context.emitTag("kv_op", "insert");
      context.emitTag("kv_key", key);
      // Lets one wait for insertions of one key only.
      context.emitTag(`kv_insertion.${key}`, "");
      return textOf(context.state.insert(utf8(key), utf8(value)));
    },
  }),
  get: method({
    args: Get,
    result: nullable(text),
    call(context, { key }) {
      context.emitTag("kv_op", "get");
      context.emitTag("kv_key", key);
      return textOf(context.state.get(utf8(key)));
    },
  }),
  remove: method({
    args: Remove,
    result: nullable(text),
    call(context, { key }) {
      context.emitTag("kv_op", "remove");
      context.emitTag("kv_key", key);
      return textOf(context.state.remove(utf8(key)));
    },
  }),
  ...messageMethods,
};

export const runtime = defineRuntime({
  version: { major: 0, minor: 0, patch: 0 },
  transactions: format,
  methods,
  queries: {
    get_runtime_id: query({ args: nothing, result: nullable(text), call: ({ runtimeId }) => runtimeId }),
    get: query({
      args: Get,
      result: nullable(text),
      call: ({ state }: QueryContext, { key }) => textOf(state.get(utf8(key))),
    }),
  },
  schedule: { maxBatchSize: 100, fetchMore: false },
  unknownMethod: () => testError("method not found"),
  beginBlock(context) {
    takeMessageResults(context);
    storeEpoch(context);
  },
  /** Messages are transactions of which nobody sees the output. */
  incomingMessages(_, { queue, run }) {
    for (const { data } of queue) run(data);
    return queue.length;
  },
});
