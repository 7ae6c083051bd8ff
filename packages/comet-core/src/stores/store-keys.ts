// Keys of the engine's database: one letter for the kind, then the height, big endian, so that
// heights are in order. The format is local to this implementation.

/** What a key stands for. What follows in a key of evidence is the pool's. */
export const KeyKind = {
  blockMeta: 0x42, // B
  canonicalCommit: 0x43, // C
  evidence: 0x45, // E
  params: 0x4e, // N
  blockPart: 0x50, // P
  responses: 0x52, // R
  signRecord: 0x47, // G
  seenCommit: 0x53, // S
  state: 0x54, // T
  validators: 0x56, // V
} as const;
export type KeyKind = (typeof KeyKind)[keyof typeof KeyKind];

/** For error texts. */
export function kindName(kind: KeyKind): string {
  return Object.entries(KeyKind).find(([, value]) => value === kind)?.[0] ?? "entry";
}

const HEIGHT_BYTES = 8;

/** The key of a kind that exists once. */
export function singleKey(kind: KeyKind): Uint8Array {
  return Uint8Array.of(kind);
}

/** The key of a kind at a height; with an index, of one of several things there. */
export function heightKey(kind: KeyKind, height: number, index?: number): Uint8Array {
  const key = new Uint8Array(1 + HEIGHT_BYTES + (index === undefined ? 0 : 4));
  const view = new DataView(key.buffer);
  key[0] = kind;
  view.setBigUint64(1, BigInt(height));
  if (index !== undefined) view.setUint32(1 + HEIGHT_BYTES, index);
  return key;
}

/** The height in a key made by `heightKey`. */
export function heightOfKey(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset, key.byteLength).getBigUint64(1));
}

/** All keys of a kind from height `from` on and below `to`. */
export function heightRange(
  kind: KeyKind,
  from = 0,
  to: number = Number.MAX_SAFE_INTEGER,
): { readonly start: Uint8Array; readonly end: Uint8Array } {
  return { start: heightKey(kind, from), end: heightKey(kind, to) };
}
