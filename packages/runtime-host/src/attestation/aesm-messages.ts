// Messages of Intel's service for local quotes, as far as they are used
// (go/common/sgx/aesm/aesm_proto.proto). Timeouts are in microseconds.
import { proto } from "@wadi/codec";

const VARINT = 0;

/** A number that the older dialect requires: written also when it is zero; `absent` is read where it is missing. */
function required(number: number, absent = 0): proto.Field<number> {
  return {
    ...proto.uint32(number),
    initial: () => absent,
    write(writer, value) {
      writer.varint(value);
      writer.tag(number, VARINT);
    },
  };
}

/** The outcome of a request, 0 if it succeeded. */
const outcome = required(1, 1);

const InitQuoteExRequest = proto.message("InitQuoteExRequest", {
  keyId: proto.bytes(1),
  /** 1 for the public key as well. */
  withPublicKey: required(3),
  bufferSize: proto.uint64Number(4),
  timeout: proto.uint32(9),
});
const InitQuoteExResponse = proto.message("InitQuoteExResponse", {
  error: outcome,
  targetInfo: proto.bytes(2),
  publicKeySize: proto.uint64Number(3),
});

const QuoteSizeExRequest = proto.message("GetQuoteSizeExRequest", {
  keyId: proto.bytes(1),
  timeout: proto.uint32(9),
});
const QuoteSizeExResponse = proto.message("GetQuoteSizeExResponse", {
  error: outcome,
  size: proto.uint32(2),
});

const QuoteExRequest = proto.message("GetQuoteExRequest", {
  report: proto.bytes(1),
  keyId: proto.bytes(2),
  bufferSize: required(4),
  timeout: proto.uint32(9),
});
const QuoteExResponse = proto.message("GetQuoteExResponse", {
  error: outcome,
  quote: proto.bytes(2),
});

const KeyCountRequest = proto.message("GetSupportedAttKeyIDNumRequest", { timeout: proto.uint32(9) });
const KeyCountResponse = proto.message("GetSupportedAttKeyIDNumResponse", {
  error: outcome,
  count: proto.uint32(2),
});

const KeysRequest = proto.message("GetSupportedAttKeyIDsRequest", {
  bufferSize: required(1),
  timeout: proto.uint32(9),
});
const KeysResponse = proto.message("GetSupportedAttKeyIDsResponse", {
  error: outcome,
  keys: proto.bytes(2),
});

/** One member is set. */
export const AesmRequest = proto.message("Request", {
  initQuote: proto.optional(15, InitQuoteExRequest),
  quoteSize: proto.optional(16, QuoteSizeExRequest),
  quote: proto.optional(17, QuoteExRequest),
  keyCount: proto.optional(21, KeyCountRequest),
  keys: proto.optional(22, KeysRequest),
});
export type AesmRequest = proto.Infer<typeof AesmRequest>;

/** The member that was asked for is set. */
export const AesmResponse = proto.message("Response", {
  initQuote: proto.optional(15, InitQuoteExResponse),
  quoteSize: proto.optional(16, QuoteSizeExResponse),
  quote: proto.optional(17, QuoteExResponse),
  keyCount: proto.optional(21, KeyCountResponse),
  keys: proto.optional(22, KeysResponse),
});
export type AesmResponse = proto.Infer<typeof AesmResponse>;
