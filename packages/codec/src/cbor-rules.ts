// The limits and modes of reading CBOR (go/common/cbor/cbor.go), and the kinds of items.

/** What differs between the decode modes. */
export interface ModeRules {
  /** A key that occurs twice in a map is an error. */
  readonly refuseDuplicates: boolean;
  /** A struct key without a member is an error. */
  readonly refuseUnknown: boolean;
  /** Indefinite lengths and tags are allowed. */
  readonly loose: boolean;
  /** Elements of a list, or pairs of a map. */
  readonly maxItems: number;
}

/** `strict`: consensus input. `rpc`: gRPC, host protocol, frames. `trusted`: own databases only. */
export type DecodeMode = "strict" | "rpc" | "trusted";

export const modeRules: Readonly<Record<DecodeMode, ModeRules>> = {
  strict: { refuseDuplicates: true, refuseUnknown: true, loose: false, maxItems: 10_000_000 },
  rpc: { refuseDuplicates: true, refuseUnknown: false, loose: false, maxItems: 10_000_000 },
  trusted: { refuseDuplicates: false, refuseUnknown: false, loose: true, maxItems: 2_147_483_647 },
};

/** Lists, maps and tags may be nested this deep. */
export const MAX_NESTING = 32;

/** What an item is: its major type, or one of the special cases a decoder tells apart. */
export const Kind = {
  uint: 0,
  negative: 1,
  bytes: 2,
  text: 3,
  list: 4,
  map: 5,
  tag: 6,
  primitive: 7,
  /** Null or undefined. */
  null: 8,
  /** Tag 2 and the head of its byte string. */
  bignum: 9,
  /** Tag 3 and the head of its byte string. */
  negativeBignum: 10,
} as const;

export const kindNames = [
  "positive integer",
  "negative integer",
  "byte string",
  "UTF-8 text string",
  "array",
  "map",
  "tag",
  "primitives",
  "null",
  "tag",
  "tag",
] as const;
