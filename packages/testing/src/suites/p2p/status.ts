import assert from "node:assert/strict";
import { CommitteeStatus, P2PStatus } from "@wadi/api";
import { decodeCbor, decodeJson, encodeCbor, encodeJson, type Schema } from "@wadi/codec";
import { fromHex, toHex } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

type Part = "committee_status" | "p2p_status";
type File = Readonly<Record<`${Part}_cbor`, string>> & Readonly<Record<`${Part}_json`, unknown>>;

/** Status structures in CBOR and JSON. */
export const suite: Suite = {
  file: "p2p/status",
  run(r: Recorder): void {
    const file = loadVector<File>("p2p/status");
    if (!file) return;
    const parts: readonly (readonly [Part, Schema<unknown>])[] = [
      ["committee_status", CommitteeStatus as Schema<unknown>],
      ["p2p_status", P2PStatus as Schema<unknown>],
    ];
    for (const [part, schema] of parts) {
      r.case(part, () => {
        const value = decodeCbor(schema, fromHex(file[`${part}_cbor`]));
        assert.equal(toHex(encodeCbor(schema, value)), file[`${part}_cbor`]);
        const json = encodeJson(schema, value);
        assert.deepEqual(JSON.parse(json), file[`${part}_json`]);
        assert.equal(encodeJson(schema, decodeJson(schema, json)), json);
      });
    }
  },
};
