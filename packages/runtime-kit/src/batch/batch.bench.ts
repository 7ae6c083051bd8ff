// Transactions per second through execution: a method that reads and writes one key, as the kit
// computes it once the state is at hand, and with every node asked for (the time of the host's
// proofs included). Processor time, so that what else runs does not count.
import { decodeCbor, encodeCbor, nullable, struct, text, u64 } from "@wadi/codec";
import type { Hash } from "@wadi/types";
import { benchLine, measure } from "@wadi/testing";
import { utf8 } from "@wadi/util";
import { defineRuntime, method } from "../methods.ts";
import { table } from "../state/state.ts";
import { MemoryHost } from "../testing/memory-host.ts";
import { ArtifactTree } from "./artifacts.ts";
import { executeBatch } from "./execute.ts";

const Tx = struct("bench.Tx", { nonce: u64, key: text, value: text });
const items = table("item/", text);
const Args = struct("bench.Args", { key: text, value: text });

const runtime = defineRuntime({
  version: { major: 0, minor: 0, patch: 0 },
  transactions: {
    decode: (input: Uint8Array) => decodeCbor(Tx, input),
    call: ({ key, value }) => ({ method: "put", args: encodeCbor(Args, { key, value }) }),
    authenticate: () => undefined,
    encode: (outcome) => (outcome.ok ? outcome.result : Uint8Array.of(0xf6)),
  },
  methods: {
    put: method({
      args: Args,
      result: nullable(text),
      call(context, { key, value }) {
        context.emitTag("put", key);
        const before = items.get(context.state, key) ?? null;
        items.set(context.state, key, value);
        return before;
      },
    }),
  },
});

function inputsOf(size: number): Uint8Array[] {
  return Array.from({ length: size }, (_, i) =>
    encodeCbor(Tx, { nonce: BigInt(i), key: `key ${i % 500}`, value: `value ${i}` }),
  );
}

/** A state of 20,000 items, among them all that the batches touch. */
function filledHost(): MemoryHost {
  const host = new MemoryHost();
  host.apply(
    Array.from({ length: 20_000 }, (_, i) => ({ key: utf8(`item/key ${i}`), value: encodeCbor(text, `before ${i}`) })),
  );
  return host;
}

/** Processor seconds of a batch. */
function run(host: MemoryHost, inputs: readonly Uint8Array[], services = host.services): number {
  const { header } = host;
  const { root } = new ArtifactTree(inputs).inputs;
  const request = {
    mode: 0,
    consensusBlock: { height: 1, meta: null },
    roundResults: null,
    ioRoot: root as Hash,
    inputs: [...inputs],
    inMessages: [],
    block: { header },
    epoch: 1n,
    maxMessages: 0,
  };
  return measure(() => executeBatch(runtime, request, services)).cpuSeconds;
}

const RUNS = 15;

for (const size of [1, 100, 1000]) {
  const host = filledHost();
  const inputs = inputsOf(size);
  for (const [what, services] of [
    ["state at hand", () => host.services],
    ["state asked for", () => host.freshServices()],
  ] as const) {
    run(host, inputs, services());
    const times = Array.from({ length: RUNS }, () => run(host, inputs, services())).sort((a, b) => a - b);
    const median = times[Math.floor(RUNS / 2)] ?? 0;
    benchLine({
      name: `runtime-kit/execute ${size}/${what}`,
      unit: "ops/s",
      value: size / median,
      ran: `${RUNS} batches`,
    });
  }
}
