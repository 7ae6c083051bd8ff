import assert from "node:assert/strict";
import { encodeJson } from "@wadi/codec";
import { genesis } from "@wadi/types";
import { exportedFrom, runtimeReplaySuite } from "./runtime-replay.ts";

/** The document of this chain is what the last state of another one was exported to. */
const ORIGIN = "apps/runtime-replay-vrf-261";

// Whoever made the document left out the vault and the token's name, which an export takes from
// the first document of the chain.
const sections = [
  "registry",
  "roothash",
  "staking",
  "keymanager",
  "scheduler",
  "beacon",
  "governance",
  "consensus",
] as const;

export const suite = runtimeReplaySuite("apps/runtime-replay-import", (r, imported) => {
  const { staking, ...others } = exportedFrom(ORIGIN);
  const exported = { ...others, staking: { ...staking, tokenSymbol: imported.staking.tokenSymbol } };
  for (const section of sections) {
    r.case(`export of ${section}`, () => {
      const json = (document: genesis.Document): unknown =>
        JSON.parse(encodeJson(genesis.Document, { ...genesis.Document.zero(), [section]: document[section] }));
      assert.deepEqual(json(exported), json(imported));
    });
  }
});
