import { bytes, withText, type Schema } from "@wadi/codec";
import type { PublicKey } from "@wadi/types";
import { concatBytes, fromHex } from "@wadi/util";
import { base58 } from "@scure/base";

/** A libp2p peer: the multihash of its key; base58 in JSON. */
export const PeerId: Schema<Uint8Array> = withText(bytes, {
  format: (peer) => base58.encode(peer),
  parse: (text) => base58.decode(text),
});

/** Names a peer by its key as it is: an identity multihash of the 36 bytes of libp2p's form of an Ed25519 key. */
const ED25519_PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);

/** The peer that has a key. */
export function peerIdOf(key: PublicKey): Uint8Array {
  return concatBytes(ED25519_PREFIX, fromHex(key));
}
