import assert from "node:assert/strict";

import { ALLOWED_CALLS, NAMESPACE_FLAGS, seccompProgram } from "@wadi/runtime-host";
import { fromHex } from "@wadi/util";

import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface SeccompFile {
  readonly default_action: string;
  readonly clone_forbidden_flags: string;
  readonly clone3_action: string;
  readonly wrong_arch_action: string;
  readonly order: readonly string[];
  readonly numbers_x86_64: Readonly<Record<string, number>>;
  readonly bpf_instructions: number;
  readonly bpf_hex: string;
}

/** A system call as a filter sees it. */
interface Call {
  readonly number: number;
  readonly architecture?: number;
  readonly firstArgument?: bigint;
}

const X86_64 = 0xc000003e;

/** Runs a filter as the kernel does, for the instructions that occur. */
function judge(program: Uint8Array, { number, architecture = X86_64, firstArgument = 0n }: Call): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, architecture, true);
  data.setBigUint64(16, firstArgument, true);
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 8) {
    const op = code.getUint16(at, true);
    const k = code.getUint32(at + 4, true);
    const skip = (condition: boolean): number => 8 * code.getUint8(at + (condition ? 2 : 3));
    if (op === 0x06) return k;
    else if (op === 0x20) accumulator = data.getUint32(k, true);
    else if (op === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (op === 0x15) at += skip(accumulator === k);
    else if (op === 0x25) at += skip(accumulator > k);
    else if (op === 0x35) at += skip(accumulator >= k);
    else if (op === 0x45) at += skip((accumulator & k) !== 0);
    else throw new Error(`unexpected instruction ${op.toString(16)}`);
  }
  throw new Error("the filter does not end");
}

const actionOf = (text: string): number => Number(text.split(" ").at(-1));

export const suite: Suite = {
  file: "runtime/seccomp",
  run(r) {
    const file = loadVector<SeccompFile>("runtime/seccomp");
    if (file === undefined) return;
    const recorded = fromHex(file.bpf_hex);
    const ours = seccompProgram();
    const both = (call: Call, name: string): number => {
      const action = judge(ours, call);
      assert.equal(action, judge(recorded, call), name);
      return action;
    };

    r.case("recorded program", () => assert.equal(recorded.length, 8 * file.bpf_instructions));
    r.case("allowed names and their numbers", () => {
      const known = file.order.filter((name) => (file.numbers_x86_64[name] ?? -1) >= 0);
      const expected = Object.fromEntries(known.map((name) => [name, file.numbers_x86_64[name]]));
      assert.deepEqual({ ...ALLOWED_CALLS }, expected);
    });
    for (const [name, number] of Object.entries(file.numbers_x86_64)) {
      // What x86_64 does not have has negative numbers, which are not calls.
      if (number < 0) continue;
      r.case(name, () => {
        const expected = name === "clone3" ? actionOf(file.clone3_action) : 0x7fff0000;
        assert.equal(both({ number }, name), expected);
      });
    }
    r.case("every number up to 2,000 and around the borders", () => {
      const borders = [0x3fffffff, 0x40000000, 0x40000001, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
      for (const number of [...Array.from({ length: 2000 }, (_, i) => i), ...borders])
        both({ number }, `call ${number}`);
      assert.equal(both({ number: 1000 }, "unknown call"), actionOf(file.default_action));
    });
    // The recorded program lets every `clone` pass (its builder took the flags for the mask); the
    // rule that the file states is the one that keeps runtimes from making namespaces.
    r.case("flags of clone", () => {
      const forbidden = BigInt(file.clone_forbidden_flags);
      assert.equal(NAMESPACE_FLAGS, Number(forbidden));
      const bits = Array.from({ length: 64 }, (_, bit) => 1n << BigInt(bit));
      const combined = [0n, 0x3d0f00n, 0x01200011n, 0x10000011n, 0xffffffffn, 0xffffffff00000000n];
      for (const firstArgument of [...bits, ...combined]) {
        const expected: number = (firstArgument & forbidden) === 0n ? 0x7fff0000 : actionOf(file.default_action);
        assert.equal(judge(ours, { number: 56, firstArgument }), expected, firstArgument.toString(16));
      }
    });
    r.case("other architectures", () => {
      for (const architecture of [0, 0x40000003, 0xc00000b7, 0xc000003f]) {
        const action = both({ number: 0, architecture }, architecture.toString(16));
        assert.equal(action, actionOf(file.wrong_arch_action));
      }
    });
  },
};
