// Results of executing a block (abci/types). Gas is bigint: a transaction may claim any int64.
import { proto } from "@wadi/codec";
import { ConsensusParamsMessage } from "./params.ts";
import { PublicKeyMessage } from "./validators.ts";

export const EventAttribute = proto.message("EventAttribute", {
  key: proto.string(1),
  value: proto.string(2),
  index: proto.bool(3),
});
export type EventAttribute = proto.Infer<typeof EventAttribute>;

export const AbciEvent = proto.message("Event", {
  type: proto.string(1),
  attributes: proto.repeated(2, EventAttribute),
});
export type AbciEvent = proto.Infer<typeof AbciEvent>;

export const ResponseDeliverTx = proto.message("ResponseDeliverTx", {
  code: proto.uint32(1),
  data: proto.bytes(2),
  log: proto.string(3),
  info: proto.string(4),
  gasWanted: proto.int64(5),
  gasUsed: proto.int64(6),
  events: proto.repeated(7, AbciEvent),
  codespace: proto.string(8),
});
export type ResponseDeliverTx = proto.Infer<typeof ResponseDeliverTx>;

export const ResponseBeginBlock = proto.message("ResponseBeginBlock", { events: proto.repeated(1, AbciEvent) });
export type ResponseBeginBlock = proto.Infer<typeof ResponseBeginBlock>;

/** Power 0 removes the validator. */
export const ValidatorUpdate = proto.message("ValidatorUpdate", {
  pubKey: proto.required(1, PublicKeyMessage),
  power: proto.int64(2),
});
export type ValidatorUpdate = proto.Infer<typeof ValidatorUpdate>;

export const ResponseEndBlock = proto.message("ResponseEndBlock", {
  validatorUpdates: proto.repeated(1, ValidatorUpdate),
  consensusParamUpdates: proto.optional(2, ConsensusParamsMessage),
  events: proto.repeated(3, AbciEvent),
});
export type ResponseEndBlock = proto.Infer<typeof ResponseEndBlock>;

export const AbciResponses = proto.message("ABCIResponses", {
  deliverTxs: proto.repeated(1, ResponseDeliverTx),
  endBlock: proto.optional(2, ResponseEndBlock),
  beginBlock: proto.optional(3, ResponseBeginBlock),
});
export type AbciResponses = proto.Infer<typeof AbciResponses>;
