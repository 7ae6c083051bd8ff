// HTTP/2 as a caller writes it who keeps to no rule: frames by hand (RFC 9113, section 4.1).

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const Type = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;

export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;

/** `length` tells of the payload, whose it need not be. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array,
  length = payload.length,
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

export const SETTINGS = frame(Type.settings, 0, 0, new Uint8Array(0));
export const SETTINGS_ACK = frame(Type.settings, ACK, 0, new Uint8Array(0));

/** A literal header field (RFC 7541, section 6.2); `first` tells how it is indexed. */
export function literal(first: number, name: string, value: string | Buffer): Buffer {
  return Buffer.concat([Buffer.of(first), text(name), text(value)]);
}

function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([prefixed(bytes.length), bytes]);
}

/** An integer with a prefix of seven bits (RFC 7541, section 5.1). */
function prefixed(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const out = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
  return Buffer.from([...out, rest]);
}

export const INDEXED_LITERAL = 0x40;
const POST_AND_HTTP = Buffer.from([0x83, 0x86]);

/** Headers of a call, which also enter the connection's table of headers. */
export function callHeaders(method: string): Buffer {
  return Buffer.concat([
    POST_AND_HTTP,
    literal(INDEXED_LITERAL, ":path", `/oasis-core.Sample/${method}`),
    literal(INDEXED_LITERAL, ":authority", "localhost"),
    literal(INDEXED_LITERAL, "content-type", "application/grpc+cbor"),
    literal(INDEXED_LITERAL, "te", "trailers"),
  ]);
}

/** The same headers again: six bytes. */
export const SAME_HEADERS = Buffer.concat([POST_AND_HTTP, Buffer.from([0xc1, 0xc0, 0xbf, 0xbe])]);

/** The error codes of the frames of a type in what a server sent. */
export function codesOf(type: typeof Type.goaway | typeof Type.reset, sent: Buffer): number[] {
  const codes: number[] = [];
  for (let at = 0; at + 9 <= sent.length; at += 9 + sent.readUIntBE(at, 3)) {
    if (sent[at + 3] === type) codes.push(sent.readUInt32BE(at + (type === Type.goaway ? 13 : 9)));
  }
  return codes;
}
