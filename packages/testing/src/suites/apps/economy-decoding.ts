// What transaction bodies decode, and how they are written again.
import assert from "node:assert/strict";
import { decodeCbor, encodeCbor, isDecodeError, type Schema } from "@wadi/codec";
import { governance, staking, vault } from "@wadi/types";
import { fromHex, toHex } from "@wadi/util";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface DecodingCase {
  readonly type: string;
  readonly note: string;
  readonly cbor: string;
  readonly accepted: boolean;
  readonly reencoded?: string;
}

const schemas: Readonly<Record<string, Schema<unknown>>> = {
  Transfer: staking.Transfer as Schema<unknown>,
  Burn: staking.Burn as Schema<unknown>,
  Allow: staking.Allow as Schema<unknown>,
  ProposalVote: governance.ProposalVote as Schema<unknown>,
  Action: vault.Action as Schema<unknown>,
};

export const suite: Suite = {
  file: "apps/economy-decoding",
  run(r) {
    const file = loadVector<{ readonly cases: readonly DecodingCase[] }>("apps/economy-decoding");
    for (const { type, note, cbor, accepted, reencoded } of file?.cases ?? []) {
      r.case(`${type} ${note}`, () => {
        const schema = schemas[type];
        assert.ok(schema !== undefined, "known type");
        const bytes = fromHex(cbor);
        if (accepted) assert.equal(toHex(encodeCbor(schema, decodeCbor(schema, bytes))), reencoded);
        else assert.throws(() => decodeCbor(schema, bytes), isDecodeError);
      });
    }
  },
};
