// The system call filter of sandboxed runtimes: what is not allowed answers EPERM. A binary search
// over the numbers decides any call in about ten steps.
// Reference: go/runtime/host/sandbox/process/seccomp_linux.go.
import { ALLOWED_CALLS, CLONE, CLONE3, NAMESPACE_FLAGS } from "./allowed-calls.ts";
import { answer, assemble, type Instruction, jump, load, Op } from "./bpf.ts";

const AUDIT_ARCH_X86_64 = 0xc000003e;
/** Numbers from here on are calls of the x32 interface. */
const X32_CALLS = 0x40000000;
/** A tracer's way of skipping a call. */
const NO_CALL = 0xffffffff;

/** Offsets in the kernel's `struct seccomp_data`. */
const CALL_NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;

const EPERM = 1;
const ENOSYS = 38;
const refuse = (errno: number): number => 0x00050000 | errno;
const ALLOW = 0x7fff0000;
const KILL = 0;

/** What becomes of all calls from `first` up to the next rule. */
interface Rule {
  readonly first: number;
  readonly code: readonly Instruction[];
}

const allow = [answer(ALLOW)];
const deny = [answer(refuse(EPERM))];
const denyUnknown = [answer(refuse(ENOSYS))];
const allowWithoutNamespaces = [
  load(FIRST_ARGUMENT),
  jump(Op.jumpIfAnySet, NAMESPACE_FLAGS, 0, 1),
  answer(refuse(EPERM)),
  answer(ALLOW),
];

/** The program for x86_64, as `bwrap --seccomp` reads it. */
export function seccompProgram(): Uint8Array {
  return assemble([
    load(ARCHITECTURE),
    jump(Op.jumpIfEqual, AUDIT_ARCH_X86_64, 1, 0),
    answer(KILL),
    load(CALL_NUMBER),
    jump(Op.jumpIfAtLeast, X32_CALLS, 0, 3),
    jump(Op.jumpIfEqual, NO_CALL, 1, 0),
    answer(KILL),
    answer(refuse(EPERM)),
    ...search(rules()),
  ]);
}

/** Ascending, from call 0, neighbours different. */
function rules(): Rule[] {
  const codes = new Map<number, readonly Instruction[]>(Object.values(ALLOWED_CALLS).map((call) => [call, allow]));
  codes.set(CLONE, allowWithoutNamespaces);
  codes.set(CLONE3, denyUnknown);
  const last = Math.max(...codes.keys());
  const result: Rule[] = [];
  for (let call = 0; call <= last + 1; call++) {
    const code = codes.get(call) ?? deny;
    if (result.at(-1)?.code !== code) result.push({ first: call, code });
  }
  return result;
}

function search(among: readonly Rule[]): readonly Instruction[] {
  const middle = among[among.length >> 1];
  if (middle === undefined || among.length === 1) return middle?.code ?? deny;
  const lower = search(among.slice(0, among.length >> 1));
  const upper = search(among.slice(among.length >> 1));
  return [jump(Op.jumpIfAtLeast, middle.first, lower.length, 0), ...lower, ...upper];
}
