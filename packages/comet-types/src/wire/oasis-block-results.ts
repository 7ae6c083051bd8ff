// Results of a block as the consensus service carries them in `meta` (go/consensus/cometbft/api
// BlockResultsMeta over abci/types): CBOR under the JSON names of the engine's messages.
import { bool, bytes, i64, list, nullable, optional, struct, text, u32, type TypeOf } from "@wadi/codec";

const EventAttribute = struct("abci.EventAttribute", {
  key: optional(text),
  value: optional(text),
  index: optional(bool),
});

const Event = struct("abci.Event", {
  type: optional(text),
  attributes: optional(list(EventAttribute)),
});

const DeliverTx = struct("abci.ResponseDeliverTx", {
  code: optional(u32),
  data: optional(bytes),
  log: optional(text),
  info: optional(text),
  gasWanted: optional(i64),
  gasUsed: optional(i64),
  events: optional(list(Event)),
  codespace: optional(text),
});

/** Null where the engine stored no list. */
export const BlockResultsMeta = struct("cometbft.BlockResultsMeta", {
  txsResults: nullable(list(DeliverTx)),
  beginBlockEvents: nullable(list(Event)),
  endBlockEvents: nullable(list(Event)),
});
export type BlockResultsMeta = TypeOf<typeof BlockResultsMeta>;
