// Takes from an ELF executable what running it does not need: symbols for debuggers. Sections that
// are loaded stay listed, since nodes read the dynamic section by its header.
import { WadiError } from "@wadi/util";
import { ErrUnusableNode } from "./errors.ts";

const MAGIC = 0x7f454c46;
const HEADER_SIZE = 64;
const SECTION_HEADER_SIZE = 64;
const SHF_ALLOC = 2n;
const SHT_NOBITS = 8;

interface Section {
  /** The 64 bytes of its header. */
  readonly header: Buffer;
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  readonly end: number;
}

function unusable(why: string): never {
  throw new WadiError(ErrUnusableNode, { context: why });
}

function readSections(file: Buffer): Section[] {
  const start = Number(file.readBigUInt64LE(40));
  const count = file.readUInt16LE(60);
  const headers = Array.from({ length: count }, (_, i) => {
    const at = start + i * SECTION_HEADER_SIZE;
    if (at + SECTION_HEADER_SIZE > file.length) unusable("section headers lie outside the file");
    return Buffer.from(file.subarray(at, at + SECTION_HEADER_SIZE));
  });
  const names = headers[file.readUInt16LE(62)];
  if (names === undefined) unusable("it has no section names");
  const namesAt = Number(names.readBigUInt64LE(24));
  return headers.map((header) => {
    const nameAt = namesAt + header.readUInt32LE(0);
    const type = header.readUInt32LE(4);
    const size = type === SHT_NOBITS ? 0 : Number(header.readBigUInt64LE(32));
    return {
      header,
      name: file.toString("latin1", nameAt, file.indexOf(0, nameAt)),
      type,
      flags: header.readBigUInt64LE(8),
      end: Number(header.readBigUInt64LE(24)) + size,
    };
  });
}

/** The file without sections that are not loaded. Throws ErrUnusableNode for what is no 64-bit ELF. */
export function stripElf(file: Buffer): Buffer {
  if (file.length < HEADER_SIZE || file.readUInt32BE(0) !== MAGIC || file[4] !== 2 || file[5] !== 1) {
    unusable("it is no 64-bit little-endian ELF file");
  }
  const sections = readSections(file);
  const kept = sections.filter(({ flags }, i) => i === 0 || (flags & SHF_ALLOC) !== 0n);
  const names = Buffer.from(`${[...kept.map(({ name }) => name), ".shstrtab"].join("\0")}\0`, "latin1");
  const contentEnd = Math.max(...kept.map(({ end }) => end));
  if (!(contentEnd >= HEADER_SIZE && contentEnd <= file.length)) unusable("sections lie outside the file");
  const tableAt = Math.ceil((contentEnd + names.length) / 8) * 8;
  const out = Buffer.alloc(tableAt + (kept.length + 1) * SECTION_HEADER_SIZE);
  file.copy(out, 0, 0, contentEnd);
  names.copy(out, contentEnd);

  // A header refers to others by number (the names of a symbol table).
  const numbers = new Map(kept.map((section, i) => [sections.indexOf(section), i]));
  let nameAt = 0;
  kept.forEach(({ header, name, type }, i) => {
    const moved = Buffer.from(header);
    moved.writeUInt32LE(nameAt, 0);
    moved.writeUInt32LE(numbers.get(header.readUInt32LE(40)) ?? 0, 40);
    // Relocations refer in the same way to the section they are for.
    if (type === 4) moved.writeUInt32LE(numbers.get(header.readUInt32LE(44)) ?? 0, 44);
    moved.copy(out, tableAt + i * SECTION_HEADER_SIZE);
    nameAt += name.length + 1;
  });
  const last = tableAt + kept.length * SECTION_HEADER_SIZE;
  out.writeUInt32LE(nameAt, last);
  out.writeUInt32LE(3, last + 4);
  out.writeBigUInt64LE(BigInt(contentEnd), last + 24);
  out.writeBigUInt64LE(BigInt(names.length), last + 32);
  out.writeBigUInt64LE(1n, last + 48);

  out.writeBigUInt64LE(BigInt(tableAt), 40);
  out.writeUInt16LE(kept.length + 1, 60);
  out.writeUInt16LE(kept.length, 62);
  return out;
}
