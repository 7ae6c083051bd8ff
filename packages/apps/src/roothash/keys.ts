// State keys of roothash. Most hold the hash of a runtime's ID, so that walking them is in order
// of hashes. Reference: go/consensus/cometbft/apps/roothash/state/state.go.
import type { Schema } from "@wadi/codec";
import { roothash, type Hash, type Namespace } from "@wadi/types";

import { hashElement, hashedElement, i64Element, u64Element } from "../framework/key-element.ts";
import { stateKey } from "../framework/state-key.ts";
import { cborValue, identifierValue, keepingLast, noValue, type ValueFormat } from "../framework/state-value.ts";

const strict = <V>(schema: Schema<V>): ValueFormat<V> => cborValue(schema, "strict");
const runtime = hashedElement<Namespace>();

export const keys = {
  runtimes: stateKey(0x20, "runtime states", { runtime }, keepingLast(strict(roothash.RuntimeState))),
  parameters: stateKey(0x21, "roothash parameters", {}, strict(roothash.ConsensusParameters)),
  roundTimeouts: stateKey(
    0x22,
    "round timeouts",
    { height: i64Element, runtime },
    identifierValue<Namespace>("runtime ID"),
  ),
  /** What was punished already. */
  evidence: stateKey(0x24, "evidence hashes", { runtime, round: u64Element, evidence: hashElement }, noValue),
  /** Copies of the roots of the last block, for short proofs. */
  stateRoots: stateKey(0x25, "last state roots", { runtime }, identifierValue<Hash>("state root")),
  ioRoots: stateKey(0x26, "last I/O roots", { runtime }, identifierValue<Hash>("I/O root")),
  lastRoundResults: stateKey(0x27, "last normal round results", { runtime }, strict(roothash.RoundResults)),
  incomingQueueMeta: stateKey(
    0x28,
    "incoming message queue meta",
    { runtime },
    strict(roothash.IncomingMessageQueueMeta),
  ),
  incomingMessages: stateKey(0x29, "incoming messages", { runtime, id: u64Element }, strict(roothash.IncomingMessage)),
  pastRoots: stateKey(0x2a, "past round roots", { runtime, round: u64Element }, strict(roothash.RoundRoots)),
} as const;
