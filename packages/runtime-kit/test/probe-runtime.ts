// A runtime whose methods look for what they should not find.
import * as codec from "@wadi/codec";
import { CallError, defineRuntime, method, nothing, query, type TransactionFormat } from "@wadi/runtime-kit";
import * as types from "@wadi/types";
import { utf8 } from "@wadi/util";

const { bytes, list, nullable, text, u64 } = codec;

/** Kept in a variable of the module: must not survive a request. */
let calls = 0;

class Named extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Named";
  }
}

/** Leaves something behind, where it can. */
function mark(shared: object): void {
  (shared as Record<string, unknown>)["left"] = "behind";
}

/** What code does, or the name of what it throws. */
function outcome(code: () => unknown): string {
  try {
    return String(code());
  } catch (e) {
    return `throws ${(e as Error).name}`;
  }
}

// oxlint-disable-next-line typescript/no-implied-eval -- the probes come as text
const evaluate = (code: string): unknown => new Function(`return ${code}`)() as unknown;

const format: TransactionFormat<string> = {
  decode: (input) => new TextDecoder().decode(input),
  call: (name) => ({ method: name, args: new Uint8Array(0) }),
  authenticate: () => undefined,
  encode: (outcomeOfCall) => (outcomeOfCall.ok ? outcomeOfCall.result : utf8(outcomeOfCall.error.message)),
};

export const runtime = defineRuntime({
  version: { major: 4, minor: 5, patch: 6 },
  transactions: format,
  methods: {
    count: method({ args: nothing, result: u64, call: () => BigInt(++calls) }),
    spin: method({
      args: nothing,
      result: nothing,
      call: () => {
        for (;;);
      },
    }),
    read: method({
      args: nothing,
      result: nullable(text),
      call: ({ state }) => new TextDecoder().decode(state.get(utf8("key"))),
    }),
  },
  queries: {
    count: query({ args: nothing, result: u64, call: () => BigInt(++calls) }),
    evaluate: query({
      args: list(text),
      result: list(text),
      call: (_, codes) => codes.map((c) => outcome(() => evaluate(c))),
    }),
    share: query({
      args: nothing,
      result: list(text),
      call: () => [
        ...[types.staking, text, utf8, CallError.prototype].map((shared) => outcome(() => mark(shared))),
        outcome(() => new CallError("m", 1, "x").name),
      ],
    }),
    /** CBOR of a value of the node's configuration. */
    setting: query({
      args: text,
      result: nullable(bytes),
      call: ({ localConfig }, key) => localConfig.get(key) ?? null,
    }),
    name: query({ args: nothing, result: text, call: () => String(new Named("x")) }),
    now: query({
      args: nothing,
      result: text,
      call: () => `${new Date().toISOString()} ${Date.now()} ${new Date(5).getHours()}`,
    }),
  },
});
