// Reading a recorded chain line by line; files are larger than what should be held in memory.
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { createGunzip } from "node:zlib";
import { parseRecordedBlock, type ReplayBlock } from "@wadi/apps";
import { WadiError } from "@wadi/util";
import { describeFileError, isSystemError } from "../../file-error.ts";
import { CommandFailure } from "./failure.ts";

const GZIP_MAGIC = [0x1f, 0x8b];

/** Far above any block with its results; a file without line ends must not fill the memory. */
const MAX_LINE_CHARS = 1 << 26;

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && GZIP_MAGIC.every((byte, i) => buffer[i] === byte);
  } finally {
    await file.close();
  }
}

/** Text chunks of a file, unpacked where it is gzip; fails with the stream's error. */
async function* chunks(path: string): AsyncGenerator<string> {
  // A pipe can be read once only, and opening one waits for a writer.
  if (!(await stat(path)).isFile()) throw new CommandFailure(`${path} is not a regular file`);
  const packed = await isGzip(path);
  const file = createReadStream(path);
  const source = packed ? file.pipe(createGunzip()) : file;
  file.on("error", (e) => source.destroy(e));
  const decoder = new StringDecoder("utf8");
  try {
    for await (const chunk of source) yield decoder.write(chunk as Buffer);
    yield decoder.end();
  } finally {
    file.destroy();
  }
}

/** Lines that are not empty; throws CommandFailure on one that is too long. */
async function* lines(path: string): AsyncGenerator<string> {
  let pending: string[] = [];
  let size = 0;
  for await (const chunk of chunks(path)) {
    const [first = "", ...others] = chunk.split("\n");
    pending.push(first);
    size += first.length;
    if (size > MAX_LINE_CHARS) throw new CommandFailure(`${path} has a line of more than ${MAX_LINE_CHARS} characters`);
    const rest = others.pop();
    if (rest === undefined) continue;
    for (const line of [pending.join(""), ...others]) if (line !== "") yield line;
    pending = [rest];
    size = rest.length;
  }
  const last = pending.join("");
  if (last !== "") yield last;
}

/** The blocks of a recorded chain in order. Throws CommandFailure naming file and line. */
export async function* recordedBlocks(path: string): AsyncGenerator<ReplayBlock> {
  let number = 0;
  let last: number | undefined;
  const failure = (what: string, cause: unknown): CommandFailure =>
    new CommandFailure(`${path}, after line ${number}: ${what}`, { cause });
  try {
    for await (const line of lines(path)) {
      const block = parseRecordedBlock(line);
      const { height } = block.input;
      if (last !== undefined && height !== last + 1) {
        throw new CommandFailure(`${path}, line ${number + 1}: height ${height} follows height ${last}`);
      }
      last = height;
      number++;
      yield block;
    }
  } catch (e) {
    if (e instanceof CommandFailure) throw e;
    if (e instanceof WadiError) throw new CommandFailure(`${path}, line ${number + 1}: ${e.message}`, { cause: e });
    const { code } = e as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new CommandFailure(`there is no file ${path}`, { cause: e });
    if (code === "Z_BUF_ERROR") throw failure("the file is cut off", e);
    if (code?.startsWith("Z_") === true) throw failure("the compressed data are damaged", e);
    if (isSystemError(e)) throw failure(describeFileError(e, path), e);
    throw e;
  }
}

/** Reads the whole file once; a chain that is damaged anywhere is refused before anything is done with it. */
export async function surveyChain(path: string): Promise<{ readonly first: number; readonly last: number }> {
  let first: number | undefined;
  let last = 0;
  for await (const { input } of recordedBlocks(path)) {
    first ??= input.height;
    last = input.height;
  }
  if (first === undefined) throw new CommandFailure(`${path} holds no block`);
  return { first, last };
}
