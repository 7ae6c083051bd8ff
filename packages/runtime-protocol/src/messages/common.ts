// Bodies that both sides use (go/runtime/host/protocol/types.go).
import { optional, struct, text, u32, type TypeOf } from "@wadi/codec";

/** A body without content: the empty map, never null. */
export const Empty = struct("protocol.Empty", {});
export type Empty = TypeOf<typeof Empty>;

/** An error as an answer; code 0 stands for success where errors are part of results. */
export const ErrorBody = struct("protocol.Error", {
  module: optional(text),
  code: optional(u32),
  message: optional(text),
});
export type ErrorBody = TypeOf<typeof ErrorBody>;
