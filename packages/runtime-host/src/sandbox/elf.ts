// What an ELF file asks of the dynamic loader: DT_NEEDED of its dynamic section. Files come from
// bundles, so nothing in them is believed.
import { type FileHandle, open } from "node:fs/promises";

import { LaunchError, systemErrorText } from "./errors.ts";

/** `e_machine` of x86-64, the only architecture that the sandbox supports. */
const EM_X86_64 = 62;

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_NULL = 0n;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
const DT_STRSZ = 10n;

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const DYNAMIC_ENTRY_BYTES = 16;
const MAX_DYNAMIC_BYTES = 1 << 20;
const MAX_STRINGS_BYTES = 1 << 24;

interface Segment {
  readonly type: number;
  readonly offset: bigint;
  readonly address: bigint;
  readonly fileSize: bigint;
}

/** Names of the libraries that the file needs, in its order; none for a static one. Throws a LaunchError. */
export async function neededLibraries(path: string): Promise<readonly string[]> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (e) {
    throw new LaunchError("executable", systemErrorText(e), e);
  }
  try {
    const segments = await readSegments(file, path);
    const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
    return dynamic === undefined ? [] : await readNeeded(file, path, segments, dynamic);
  } finally {
    await file.close();
  }
}

const malformed = (path: string, what: string): LaunchError =>
  new LaunchError("executable", `malformed ELF file ${path}: ${what}`);

async function readAt(file: FileHandle, path: string, offset: bigint, size: number): Promise<DataView> {
  const bytes = new Uint8Array(size);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(path, "offset out of range");
  const { bytesRead } = await file.read(bytes, 0, size, Number(offset));
  if (bytesRead !== size) throw malformed(path, "unexpected end of file");
  return new DataView(bytes.buffer);
}

async function readSegments(file: FileHandle, path: string): Promise<Segment[]> {
  const header = await readAt(file, path, 0n, HEADER_BYTES);
  if (header.getUint32(0) !== 0x7f454c46) throw malformed(path, "bad magic number");
  // 64-bit, little-endian.
  if (header.getUint16(4) !== 0x0201) throw malformed(path, "unexpected class or byte order");
  if (header.getUint16(18, true) !== EM_X86_64) throw malformed(path, "made for another architecture");
  if (header.getUint16(54, true) !== PROGRAM_HEADER_BYTES) throw malformed(path, "unexpected program headers");
  const count = header.getUint16(56, true);
  const table = await readAt(file, path, header.getBigUint64(32, true), count * PROGRAM_HEADER_BYTES);
  return Array.from({ length: count }, (_, i) => {
    const at = i * PROGRAM_HEADER_BYTES;
    return {
      type: table.getUint32(at, true),
      offset: table.getBigUint64(at + 8, true),
      address: table.getBigUint64(at + 16, true),
      fileSize: table.getBigUint64(at + 32, true),
    };
  });
}

async function readNeeded(
  file: FileHandle,
  path: string,
  segments: readonly Segment[],
  dynamic: Segment,
): Promise<string[]> {
  if (dynamic.fileSize > MAX_DYNAMIC_BYTES) throw malformed(path, "dynamic section is too large");
  const size = Number(dynamic.fileSize) - (Number(dynamic.fileSize) % DYNAMIC_ENTRY_BYTES);
  const entries = await readAt(file, path, dynamic.offset, size);
  const needed: bigint[] = [];
  let address = 0n;
  let length = 0n;
  for (let at = 0; at < size; at += DYNAMIC_ENTRY_BYTES) {
    const tag = entries.getBigUint64(at, true);
    const value = entries.getBigUint64(at + 8, true);
    if (tag === DT_NULL) break;
    if (tag === DT_NEEDED) needed.push(value);
    if (tag === DT_STRTAB) address = value;
    if (tag === DT_STRSZ) length = value;
  }
  if (needed.length === 0) return [];
  if (length > MAX_STRINGS_BYTES) throw malformed(path, "string table is too large");
  const strings = await readAt(file, path, fileOffset(segments, address, path), Number(length));
  return [...new Set(needed.map((at) => stringAt(strings, at, path)))];
}

/** Where the byte that is loaded at `address` lies in the file. */
function fileOffset(segments: readonly Segment[], address: bigint, path: string): bigint {
  const segment = segments.find(
    (one) => one.type === PT_LOAD && address >= one.address && address < one.address + one.fileSize,
  );
  if (segment === undefined) throw malformed(path, "string table is not loaded");
  return segment.offset + (address - segment.address);
}

function stringAt(strings: DataView, at: bigint, path: string): string {
  const bytes = new Uint8Array(strings.buffer);
  const start = at < BigInt(bytes.length) ? Number(at) : -1;
  const end = start < 0 ? -1 : bytes.indexOf(0, start);
  if (end < 0) throw malformed(path, "name outside of the string table");
  const name = Buffer.from(bytes.subarray(start, end)).toString("latin1");
  // A name with a slash is a path for the loader, and would leave its directory here.
  if (name === "" || name.includes("/") || name === "." || name === "..") {
    throw malformed(path, `unusable library name '${name}'`);
  }
  return name;
}
