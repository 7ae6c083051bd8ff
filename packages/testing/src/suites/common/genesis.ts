import assert from "node:assert/strict";
import { genesis } from "@wadi/types";
import { fromHex, toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface GenesisVector {
  readonly name: string;
  readonly note: string;
  readonly canonical_json: string;
  readonly cbor: string;
  readonly chain_context: string;
  readonly hash: string;
  readonly hash_after_json_roundtrip: string;
}

interface GenesisFile {
  readonly known_networks: readonly { readonly network: "mainnet" | "testnet"; readonly chain_context: string }[];
  readonly vectors: readonly GenesisVector[];
}

function assertPrinted(document: genesis.Document, text: string): void {
  assert.equal(genesis.printGenesis(document), text, "printed");
  const pieces: Uint8Array[] = [];
  genesis.printGenesisTo(document, (piece) => pieces.push(Uint8Array.from(piece)));
  assert.equal(Buffer.concat(pieces).toString("utf8"), text, "printed in pieces");
}

export const suite: Suite = {
  file: "common/genesis",
  run(r: Recorder): void {
    const file = loadVector<GenesisFile>("common/genesis");
    if (file === undefined) throw new Error("common/genesis is absent");
    for (const v of file.vectors) {
      r.case(v.name, () => {
        const document = genesis.parseGenesis(v.canonical_json);
        assert.equal(toHex(genesis.encodeGenesis(document)), v.cbor, "CBOR");
        assert.equal(genesis.genesisHash(document), v.hash, "hash");
        assert.equal(genesis.genesisChainContext(document), v.chain_context, "chain context");
        assertPrinted(document, v.canonical_json);
        const again = genesis.parseGenesis(Buffer.from(genesis.printGenesis(document)));
        assert.equal(genesis.genesisHash(again), v.hash_after_json_roundtrip, "hash after JSON");
        const fromCbor = genesis.decodeGenesis(fromHex(v.cbor));
        assert.equal(toHex(genesis.encodeGenesis(fromCbor)), v.cbor, "CBOR to CBOR");
        if (v.note.startsWith("known chain context ")) assert.ok(v.note.endsWith(v.hash), "known");
        assert.equal(genesis.cometbftChainId(genesis.genesisChainContext(document)), v.hash.slice(0, 50));
      });
    }
    for (const { network, chain_context } of file.known_networks) {
      r.case(`known network ${network}`, () => assert.equal(genesis.knownNetworks[network], chain_context));
    }
  },
};
