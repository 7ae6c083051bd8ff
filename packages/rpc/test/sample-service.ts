import { bytes, i64Number, struct, text } from "@wadi/codec";

import { service, stream, unary } from "../src/service.ts";

const Tick = struct("test.Tick", { item: bytes });

export const Sample = service("Sample", {
  Size: unary(bytes, i64Number),
  Ticks: stream(undefined, Tick),
  Wait: unary(),
  OpenStreams: unary(undefined, i64Number),
  /** JSON. */
  Health: unary(undefined, text),
});

export interface Health {
  /** Processor time since the last question. */
  readonly longestTurnMs: number;
  readonly residentBytes: number;
}
