// A network with vaults in it. Alice's vault is the one that tests are about.
import { create as make } from "@wadi/codec";
import { vaultAddress, type Address } from "@wadi/crypto";
import { transaction, vault } from "@wadi/types";
import { must } from "@wadi/util";

import type { Application } from "../../framework/application.ts";
import type { TransactionResult } from "../../framework/block.ts";
import { assertStakingInvariants } from "../../testing/staking-invariants.ts";
import { TestNetwork } from "../../testing/network.ts";
import { vaultApplication } from "../app.ts";
import { setParameters, vaultAt } from "../state.ts";

const { methods } = transaction;

const parameters = make(vault.ConsensusParameters, {
  enabled: true,
  maxAuthorityAddresses: 3,
  gasCosts: new Map([
    ["create", 1000n],
    ["authorize_action", 500n],
    ["cancel_action", 400n],
  ]),
});

function enabled(changes: Partial<vault.ConsensusParameters>): Application {
  return { ...vaultApplication(), initChain: (ctx) => setParameters(ctx, { ...parameters, ...changes }) };
}

/** Alice and Bob administrate (both have to agree), Carol alone may suspend; Dave is nobody. */
export class VaultNetwork extends TestNetwork {
  readonly vault: Address;

  constructor(changes: Partial<vault.ConsensusParameters> = {}) {
    super({
      accounts: { alice: 10_000n, bob: 1000n, carol: 1000n, dave: 1000n, validator: 1n },
      staking: { maxAllowances: 4, gasCosts: new Map([["transfer", 7n]]) },
      more: [enabled(changes)],
    });
    this.machine.initChain();
    this.block([]);
    this.vault = vaultAddress(this.address("alice"), 1n);
  }

  authority(threshold: number, ...names: readonly string[]): vault.Authority {
    return { addresses: names.map((name) => this.address(name)), threshold };
  }

  /** The result of a transaction in a block of its own. */
  run<T>(who: string, method: transaction.Method<T>, body: T): TransactionResult {
    const result = must(this.block([this.transaction(who, method, body)]).transactions[0]);
    assertStakingInvariants(this.machine.stateAt(0));
    return result;
  }

  create(): TransactionResult {
    const adminAuthority = this.authority(2, "alice", "bob");
    const suspendAuthority = this.authority(1, "carol");
    return this.run("alice", methods.vaultCreate, { adminAuthority, suspendAuthority });
  }

  authorize(who: string, nonce: bigint, action: Partial<vault.Action>): TransactionResult {
    const body = { vault: this.vault, nonce, action: make(vault.Action, action) };
    return this.run(who, methods.vaultAuthorizeAction, body);
  }

  cancel(who: string, nonce: bigint): TransactionResult {
    return this.run(who, methods.vaultCancelAction, { vault: this.vault, nonce });
  }

  get stored(): vault.Vault {
    return vaultAt(this.machine.stateAt(0), this.vault);
  }
}
