import assert from "node:assert/strict";
import { test } from "node:test";
import { AbciResponses } from "@wadi/comet-types";
import { chainBytes } from "@wadi/testing";
import { genesis } from "@wadi/types";
import { fromBase64, toHex } from "@wadi/util";

import { networkVerifier } from "../applications.ts";
import { parseRecordedBlock } from "../replay/recorded-block.ts";
import { replayChain } from "../replay/replay-chain.ts";
import { toAbciResponses } from "./abci-responses.ts";

const chain = chainBytes("staking/chain.jsonl");
const json = chainBytes("staking/genesis.json");

/** Texts of refusals are for people and differ. */
function withoutLogs(responses: AbciResponses): string {
  const deliverTxs = responses.deliverTxs.map((one) => ({ ...one, log: "" }));
  return toHex(AbciResponses.encode({ ...responses, deliverTxs }));
}

test("responses of a recorded chain are those of the engine, byte for byte", { skip: chain === undefined }, () => {
  assert.ok(chain !== undefined && json !== undefined);
  const lines = Buffer.from(chain)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
  const document = genesis.parseGenesis(json);
  let checked = 0;
  const report = replayChain(document, lines.map(parseRecordedBlock), {
    quotes: { verifyQuote: () => assert.fail("no quote expected") },
    verifier: networkVerifier(document, { allowTestKeys: true }),
    debug: { dontBlameOasis: true, skipQuoteVerification: true, allowDebugEnclaves: true },
    onBlock(executed) {
      const record = JSON.parse(lines[checked++] ?? "") as { readonly abci_responses: string };
      const recorded = AbciResponses.decode(fromBase64(record.abci_responses));
      assert.equal(withoutLogs(toAbciResponses(executed)), withoutLogs(recorded), `height ${executed.height}`);
    },
  });
  assert.equal(report.difference, undefined);
  assert.equal(checked, lines.length);
});
