// What a vault's withdraw policy allows, step by step on one address state.
import assert from "node:assert/strict";
import { vaultApp } from "@wadi/apps";
import { vault } from "@wadi/types";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface PolicyFile {
  readonly limit_amount: string;
  readonly limit_interval: number;
  readonly steps: readonly { readonly height: number; readonly amount: string; readonly allowed: boolean }[];
}

export const suite: Suite = {
  file: "apps/economy-vault-policy",
  run(r) {
    const file = loadVector<PolicyFile>("apps/economy-vault-policy");
    if (file === undefined) return;
    let state: vault.AddressState = {
      ...vault.AddressState.zero(),
      withdrawPolicy: { limitAmount: BigInt(file.limit_amount), limitInterval: BigInt(file.limit_interval) },
    };
    for (const [i, { height, amount, allowed }] of file.steps.entries()) {
      r.case(`step ${i}: ${amount} at height ${height}`, () => {
        const after = vaultApp.authorizeWithdrawal(state, height, BigInt(amount));
        assert.equal(after !== undefined, allowed);
        state = after ?? state;
      });
    }
  },
};
