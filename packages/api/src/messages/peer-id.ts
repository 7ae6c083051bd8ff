import { bytes, withText, type Schema } from "@wadi/codec";
import { base58 } from "@scure/base";

/** A libp2p peer: the multihash of its key; base58 in JSON. */
export const PeerId: Schema<Uint8Array> = withText(bytes, {
  format: (peer) => base58.encode(peer),
  parse: (text) => base58.decode(text),
});
