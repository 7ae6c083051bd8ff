// Reading, printing and hashing genesis documents. Reference: go/genesis/api/api.go,
// go/genesis/file/file.go.
import { decodeCbor, decodeJson, encodeCbor, encodeCborTo, encodeJson, encodeJsonTo } from "@wadi/codec";
import { chainContext, Hasher, type ChainContext, type Hash } from "@wadi/crypto";

import { Document } from "./document.ts";

/** CometBFT limits chain IDs to so many characters. */
const MAX_COMETBFT_CHAIN_ID_LENGTH = 50;

const canonicalJson = { indent: 2 } as const;

/** Reads the JSON of a genesis file; unknown members are ignored, as the reference does. Throws DecodeError. */
export function parseGenesis(json: Uint8Array | string): Document {
  return decodeJson(Document, json);
}

/** Reads the canonical CBOR of a document, as the consensus service serves it. Throws DecodeError. */
export function decodeGenesis(cbor: Uint8Array): Document {
  return decodeCbor(Document, cbor, "rpc");
}

/** The canonical CBOR of a document, which is what the chain context hashes. */
export function encodeGenesis(document: Document): Uint8Array {
  return encodeCbor(Document, document);
}

/** The canonical file: two-space indent, one newline at the end. */
export function printGenesis(document: Document): string {
  return `${encodeJson(Document, document, canonicalJson)}\n`;
}

/** As `printGenesis`, in pieces. A piece may be reused after `sink` returns. */
export function printGenesisTo(document: Document, sink: (piece: Uint8Array) => void): void {
  encodeJsonTo(Document, document, sink, canonicalJson);
  sink(Uint8Array.of(0x0a));
}

/** SHA-512/256 of the canonical CBOR, without holding it. The file's own bytes are not hashed. */
export function genesisHash(document: Document): Hash {
  const hasher = new Hasher();
  encodeCborTo(Document, document, (piece) => void hasher.update(piece));
  return hasher.digestHash();
}

/** What separates the network's signatures from those of others: the hash in lower-case hex. */
export function genesisChainContext(document: Document): ChainContext {
  return chainContext(genesisHash(document));
}

/** CometBFT's chain ID: the first 50 characters of the chain context. */
export function cometbftChainId(context: ChainContext): string {
  return context.slice(0, MAX_COMETBFT_CHAIN_ID_LENGTH);
}

/** Chain contexts of the public networks. */
export const knownNetworks = {
  mainnet: "bb3d748def55bdfb797a2ac53ee6ee141e54cd2ab2dc2375f4a0703a178e6e55" as ChainContext,
  testnet: "0b91b8e4e44b2003a7c5e23ddadb5e14ef5345c0ebcb3ddcae07fa2f244cab76" as ChainContext,
} as const;
