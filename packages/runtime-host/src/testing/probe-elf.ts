// A program that makes any system call it is told to, from inside a sandbox: a static ELF of 300
// bytes, so that the result is the kernel's own answer. It connects to /host.sock, then answers
// requests of one page: number and six arguments as u64, data after them; the answer is the page
// with the result in place of the number. Number -1 runs the data as machine code.
import type { Duplex } from "node:stream";

import type { ByteStream } from "@wadi/runtime-protocol";

const LOAD_ADDRESS = 0x400000;
const HEADERS_BYTES = 0x78;
const PAGE_BYTES = 0x1000;
const DATA_OFFSET = 56;

/** Where the request's data lie in the program, for arguments that are pointers. */
export const DATA_ADDRESS = 0x401000n + BigInt(DATA_OFFSET);

const code = [
  // socket(AF_UNIX, SOCK_STREAM, 0), connect(it, address, 13); the request's page is at rbx.
  "b829000000 bf01000000 be01000000 31d2 0f05 4189c4",
  "b82a000000 4489e7 488d3594000000 ba0d000000 0f05 bb00104000",
  // Reads a page, in pieces; ends where the stream does.
  "41bd00104000 41be00100000 31c0 4489e7 4c89ee 4c89f2 0f05 4885c0 7e61 4901c5 4929c6 75e6",
  // Makes the call, unless the number is -1; the result goes to the page.
  "488b03 4883f8ff 7448 488b7b08 488b7310 488b5318 4c8b5320 4c8b4328 4c8b4b30 0f05 488903",
  // Writes the page, in pieces, and begins again.
  "41bd00104000 41be00100000 b801000000 4489e7 4c89ee 4c89f2 0f05 4885c0 7e12 4901c5 4929c6 75e3 eb89",
  // Calls the data; exit_group(0).
  "488d4338 ffd0 ebca b8e7000000 31ff 0f05",
  // The address: AF_UNIX, "/host.sock".
  "0100 2f686f73742e736f636b00",
];

/** The program's file. */
export function probeElf(): Uint8Array {
  return elfOf(code.join(""));
}

/** A program that connects to nobody and waits for nothing, for ever: `pause` again and again. */
export function deafElf(): Uint8Array {
  return elfOf("b822000000 0f05 ebf7");
}

function elfOf(hex: string): Uint8Array {
  const text = Buffer.from(hex.replaceAll(" ", ""), "hex");
  const file = Buffer.alloc(HEADERS_BYTES + text.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(62, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS + HEADERS_BYTES), 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  // One segment: readable, writable, executable; the request's page behind the file is zero.
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(7, 68);
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 80);
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(3 * PAGE_BYTES), 104);
  file.writeBigUInt64LE(BigInt(PAGE_BYTES), 112);
  file.set(text, HEADERS_BYTES);
  return file;
}

export interface ProbeAnswer {
  /** What the call returned: an error is its negative number. */
  readonly result: bigint;
  /** The request's data as the call left them. */
  readonly data: Buffer;
}

/** Tells a running probe what to call. */
export class Probe {
  readonly #stream: Duplex;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #pending = Buffer.alloc(0);

  constructor(stream: ByteStream) {
    this.#stream = stream as Duplex;
    this.#chunks = this.#stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }

  /** A system call with these arguments; `data` lie at `DATA_ADDRESS`. Rejects if the probe is gone. */
  async call(
    number: number,
    args: readonly (number | bigint)[] = [],
    data: Uint8Array | string = "",
  ): Promise<ProbeAnswer> {
    const page = Buffer.alloc(PAGE_BYTES);
    page.writeBigInt64LE(BigInt(number), 0);
    for (const [i, arg] of args.entries()) page.writeBigUInt64LE(BigInt.asUintN(64, BigInt(arg)), 8 * (i + 1));
    page.set(typeof data === "string" ? Buffer.from(`${data}\0`) : data, DATA_OFFSET);
    this.#stream.write(page);
    while (this.#pending.length < PAGE_BYTES) {
      const { value, done } = await this.#chunks.next();
      if (done === true) throw new Error("the probe is gone");
      this.#pending = Buffer.concat([this.#pending, value]);
    }
    const answer = this.#pending.subarray(0, PAGE_BYTES);
    this.#pending = this.#pending.subarray(PAGE_BYTES);
    return { result: answer.readBigInt64LE(0), data: answer.subarray(DATA_OFFSET) };
  }

  /** Runs machine code, which ends with `ret`; the result is what it leaves in rax. */
  run(hex: string): Promise<ProbeAnswer> {
    return this.call(-1, [], Buffer.from(hex.replaceAll(" ", ""), "hex"));
  }
}
