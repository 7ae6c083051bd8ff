// ZIP files as no library would write them, for tests of what reads them.
import { crc32, deflateRawSync } from "node:zlib";

export interface RawEntry {
  /** Any bytes; text is written as UTF-8. */
  readonly name: string | Uint8Array;
  readonly content: Uint8Array | string;
  /** Claims that differ from the content. */
  readonly claimedSize?: number;
  readonly claimedChecksum?: number;
  readonly compressed?: boolean;
  /** Default: 0 for stored, 8 for deflated. */
  readonly method?: number;
}

interface Placed extends RawEntry {
  readonly rawName: Buffer;
  readonly data: Buffer;
  readonly checksum: number;
  readonly size: number;
  readonly offset: number;
}

/** The bytes of an archive with these entries in this order. */
export function rawZip(entries: readonly RawEntry[]): Buffer {
  const parts: Buffer[] = [];
  const placed: Placed[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content);
    const data = entry.compressed === true ? deflateRawSync(content, { level: 9 }) : content;
    const one: Placed = {
      ...entry,
      rawName: Buffer.from(entry.name),
      data,
      checksum: entry.claimedChecksum ?? crc32(content),
      size: entry.claimedSize ?? content.length,
      offset,
    };
    const header = Buffer.concat([Buffer.from("PK\x03\x04"), fields(one), one.rawName]);
    parts.push(header, data);
    offset += header.length + data.length;
    placed.push(one);
  }
  const directory = Buffer.concat(placed.map(centralEntry));
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(placed.length, 8);
  end.writeUInt16LE(placed.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}

/** From the needed version to the length of the extra field, as both headers have them. */
function fields({ rawName, data, checksum, size, compressed, method }: Placed): Buffer {
  const out = Buffer.alloc(26);
  out.writeUInt16LE(20, 0);
  out.writeUInt16LE(0x0800, 2);
  out.writeUInt16LE(method ?? (compressed === true ? 8 : 0), 4);
  out.writeUInt32LE(checksum, 10);
  out.writeUInt32LE(data.length, 14);
  out.writeUInt32LE(size, 18);
  out.writeUInt16LE(rawName.length, 22);
  return out;
}

function centralEntry(entry: Placed): Buffer {
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(entry.offset, 10);
  return Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), fields(entry), tail, entry.rawName]);
}
