import { bytes, i64Number, struct, text } from "@wadi/codec";

import { service, stream, unary } from "../src/service.ts";

const Tick = struct("test.Tick", { item: bytes });

export const Sample = service("Sample", {
  Size: unary(bytes, i64Number),
  /** Some hundreds a second, for as long as they are read. */
  Ticks: stream(undefined, Tick),
  Wait: unary(),
  /** Answers when so many calls of `Ticks` and `Wait` are open. */
  CallsAre: unary(i64Number, undefined),
  /** Answers when no stream has got a tick for a while, since all wait for their readers. */
  Quiet: unary(),
  /** JSON. */
  Health: unary(undefined, text),
});

export interface Health {
  /** Processor time since the last question. */
  readonly longestTurnMs: number;
  readonly residentBytes: number;
  readonly openCalls: number;
}
