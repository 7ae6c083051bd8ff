const REPLACEMENT = 0xfffd;

/** The text between the quotes of a syntactically valid JSON string, by Go's `unquote`. */
export function unquote(bytes: Uint8Array, start: number, end: number): string {
  const units: number[] = [];
  let text = "";
  let at = start;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte === 0x5c) at = readEscape(bytes, at, end, units);
    else if (byte < 0x80) {
      units.push(byte);
      at++;
    } else at = readRune(bytes, at, end, units);
    if (units.length > 4096) {
      text += String.fromCharCode(...units);
      units.length = 0;
    }
  }
  return text + String.fromCharCode(...units);
}

function hex4(bytes: Uint8Array, at: number): number {
  return Number.parseInt(String.fromCharCode(...bytes.subarray(at, at + 4)), 16);
}

const shortEscapes: Readonly<Record<number, number>> = { 0x62: 8, 0x66: 12, 0x6e: 10, 0x72: 13, 0x74: 9 };

function readEscape(bytes: Uint8Array, at: number, end: number, units: number[]): number {
  const kind = bytes[at + 1] as number;
  if (kind !== 0x75) {
    units.push(shortEscapes[kind] ?? kind);
    return at + 2;
  }
  const unit = hex4(bytes, at + 2);
  if (unit < 0xd800 || unit > 0xdfff) {
    units.push(unit);
    return at + 6;
  }
  const hasNext = at + 12 <= end && bytes[at + 6] === 0x5c && bytes[at + 7] === 0x75;
  const low = hasNext ? hex4(bytes, at + 8) : 0;
  if (unit < 0xdc00 && low >= 0xdc00 && low <= 0xdfff) {
    units.push(unit, low);
    return at + 12;
  }
  units.push(REPLACEMENT);
  return at + 6;
}

/** One code point of UTF-8; each byte that begins none is one U+FFFD. */
function readRune(bytes: Uint8Array, at: number, end: number, units: number[]): number {
  const first = bytes[at] as number;
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  let point = first & (0xff >> (size + 1));
  let valid = first >= 0xc2 && first <= 0xf4 && at + size <= end;
  for (let i = 1; valid && i < size; i++) {
    const byte = bytes[at + i] as number;
    valid = byte >> 6 === 2;
    point = (point << 6) | (byte & 0x3f);
  }
  if (valid && size === 3) valid = point >= 0x800 && (point < 0xd800 || point > 0xdfff);
  if (valid && size === 4) valid = point >= 0x10000 && point <= 0x10ffff;
  if (!valid) {
    units.push(REPLACEMENT);
    return at + 1;
  }
  if (point < 0x10000) units.push(point);
  else units.push(0xd7c0 + (point >> 10), 0xdc00 | (point & 0x3ff));
  return at + size;
}
