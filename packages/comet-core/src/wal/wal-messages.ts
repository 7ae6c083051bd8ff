// Messages of the write-ahead log (proto/tendermint/consensus/wal.proto of the fork), and their
// form in this program.
import { ConsensusMessage, EventDataRoundState } from "@wadi/comet-types";
import { proto } from "@wadi/codec";
import { roundMessageFromWire, roundMessageToWire, validateRoundMessage } from "../rounds/messages.ts";
import { RoundStep, stepName } from "../rounds/step.ts";
import type { WalRecord } from "../rounds/types.ts";

const NANOS_PER_MS = 1_000_000;

const MsgInfo = proto.message("MsgInfo", {
  msg: proto.required(1, ConsensusMessage),
  peerId: proto.string(2),
});

const TimeoutInfoMessage = proto.message("TimeoutInfo", {
  duration: proto.duration(1),
  height: proto.int64Number(2),
  round: proto.int32(3),
  step: proto.uint32(4),
});

const EndHeight = proto.message("EndHeight", { height: proto.int64Number(1) });

const WalMessage = proto.message("WALMessage", {
  sum: proto.oneof({
    eventDataRoundState: proto.memberMessage(1, EventDataRoundState),
    msgInfo: proto.memberMessage(2, MsgInfo),
    timeoutInfo: proto.memberMessage(3, TimeoutInfoMessage),
    endHeight: proto.memberMessage(4, EndHeight),
  }),
});
type WalMessage = proto.Infer<typeof WalMessage>;

/** What a record's data is: a message and when it was written. */
export const TimedWalMessage = proto.message("TimedWALMessage", {
  time: proto.timestamp(1),
  msg: proto.optional(2, WalMessage),
});

export function walRecordToMessage(record: WalRecord): WalMessage {
  switch (record.kind) {
    case "message": {
      const value = { msg: roundMessageToWire(record.message), peerId: record.peer };
      return { sum: { case: "msgInfo", value } };
    }
    case "timeout": {
      const { durationMs, height, round, step } = record.timeout;
      const duration = BigInt(Math.round(durationMs * NANOS_PER_MS));
      return { sum: { case: "timeoutInfo", value: { duration, height, round, step } } };
    }
    case "step": {
      const { height, round, step } = record;
      return { sum: { case: "eventDataRoundState", value: { height, round, step: stepName(step) } } };
    }
    case "end-height":
      return { sum: { case: "endHeight", value: { height: record.height } } };
  }
}

const steps: readonly RoundStep[] = Object.values(RoundStep);

/**
 * Undefined for a message that is not there or that this program does not write. Throws what
 * messages of peers throw that are not valid by themselves.
 */
export function walRecordFromMessage(message: WalMessage | undefined): WalRecord | undefined {
  const sum = message?.sum;
  switch (sum?.case) {
    case "msgInfo": {
      const roundMessage = roundMessageFromWire(sum.value.msg);
      if (roundMessage === undefined) return undefined;
      validateRoundMessage(roundMessage);
      return { kind: "message", peer: sum.value.peerId, message: roundMessage };
    }
    case "timeoutInfo": {
      const { duration, height, round } = sum.value;
      const step = steps.find((known) => known === sum.value.step);
      if (step === undefined) return undefined;
      const timeout = { durationMs: Number(duration) / NANOS_PER_MS, height, round, step };
      return { kind: "timeout", timeout };
    }
    case "eventDataRoundState": {
      const { height, round } = sum.value;
      const step = steps.find((known) => stepName(known) === sum.value.step);
      return step === undefined ? undefined : { kind: "step", height, round, step };
    }
    case "endHeight":
      return { kind: "end-height", height: sum.value.height };
    case undefined:
      return undefined;
  }
}
