// What the engine stores about its state (proto/tendermint/state).
import { proto } from "@wadi/codec";
import type { HexHash } from "../brands.ts";
import { BlockId, ConsensusVersion } from "./basics.ts";
import { ConsensusParamsMessage } from "./params.ts";
import { ValidatorSetMessage } from "./validators.ts";

export const StateVersion = proto.message("Version", {
  consensus: proto.required(1, ConsensusVersion),
  software: proto.string(2),
});

/** A set is next, current and last in three states. */
const KeptSet = proto.kept(ValidatorSetMessage);

/** The state after block `lastBlockHeight`: sets of that height (last), the next and the one after. */
export const StateMessage = proto.message("State", {
  version: proto.required(1, StateVersion),
  chainId: proto.string(2),
  lastBlockHeight: proto.int64Number(3),
  lastBlockId: proto.required(4, BlockId),
  lastBlockTime: proto.timestamp(5),
  nextValidators: proto.optional(6, KeptSet),
  validators: proto.optional(7, KeptSet),
  lastValidators: proto.optional(8, KeptSet),
  lastHeightValidatorsChanged: proto.int64Number(9),
  consensusParams: proto.required(10, ConsensusParamsMessage),
  lastHeightConsensusParamsChanged: proto.int64Number(11),
  lastResultsHash: proto.hex<HexHash>(12),
  appHash: proto.hex<HexHash>(13),
  initialHeight: proto.int64Number(14),
});
export type StateMessage = proto.Infer<typeof StateMessage>;

/** The set is left out where it did not change: then `lastHeightChanged` says where to look. */
export const ValidatorsInfo = proto.message("ValidatorsInfo", {
  validatorSet: proto.optional(1, ValidatorSetMessage),
  lastHeightChanged: proto.int64Number(2),
});
export type ValidatorsInfo = proto.Infer<typeof ValidatorsInfo>;

export const ConsensusParamsInfo = proto.message("ConsensusParamsInfo", {
  consensusParams: proto.required(1, ConsensusParamsMessage),
  lastHeightChanged: proto.int64Number(2),
});
export type ConsensusParamsInfo = proto.Infer<typeof ConsensusParamsInfo>;

/** A step of the consensus state machine, as its log records it. */
export const EventDataRoundState = proto.message("EventDataRoundState", {
  height: proto.int64Number(1),
  round: proto.int32(2),
  step: proto.string(3),
});
export type EventDataRoundState = proto.Infer<typeof EventDataRoundState>;
