// Classic BPF programs as the kernel's seccomp takes them: 8 bytes an instruction, little-endian.

/** The instructions that filters use. */
export const Op = {
  /** Loads a 32-bit word of the call's data. */
  load: 0x20,
  jumpIfEqual: 0x15,
  jumpIfAtLeast: 0x35,
  jumpIfAnySet: 0x45,
  return: 0x06,
} as const;
export type Op = (typeof Op)[keyof typeof Op];

/** Jumps skip that many instructions: `yes` where the condition holds, else `no`. */
export interface Instruction {
  readonly op: Op;
  readonly k: number;
  readonly yes: number;
  readonly no: number;
}

const MAX_JUMP = 0xff;

export const load = (offset: number): Instruction => ({ op: Op.load, k: offset, yes: 0, no: 0 });
export const answer = (action: number): Instruction => ({ op: Op.return, k: action, yes: 0, no: 0 });

/** A conditional jump. Throws a RangeError for distances that an instruction cannot hold. */
export function jump(op: Op, k: number, yes: number, no: number): Instruction {
  if (yes > MAX_JUMP || no > MAX_JUMP) throw new RangeError("filter is too long for its jumps");
  return { op, k, yes, no };
}

/** The program's bytes. */
export function assemble(program: readonly Instruction[]): Uint8Array {
  const out = new Uint8Array(8 * program.length);
  const view = new DataView(out.buffer);
  for (const [i, { op, k, yes, no }] of program.entries()) {
    view.setUint16(8 * i, op, true);
    view.setUint8(8 * i + 2, yes);
    view.setUint8(8 * i + 3, no);
    view.setUint32(8 * i + 4, k, true);
  }
  return out;
}
