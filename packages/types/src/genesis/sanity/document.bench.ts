// Sanity check of a genesis document with a large ledger.
import { deriveAddress } from "@wadi/crypto";
import { benchLine, loadVector, measure } from "@wadi/testing";
import { utf8 } from "@wadi/util";

import type { Address } from "../../scalars/address.ts";
import type { Account, Delegation } from "../../staking/account.ts";
import { parseGenesis } from "../genesis.ts";
import { checkGenesisDocument } from "./document.ts";
import { printJson } from "./testing/edits.ts";
import { baseDocument } from "./testing/fixture.ts";

const ACCOUNTS = 100_000;
const DELEGATORS = 99;
const BALANCE = 123_456_789_012n;

interface GenesisVectors {
  readonly vectors: readonly { readonly name: string; readonly canonical_json: string }[];
}

const text = loadVector<GenesisVectors>("common/genesis")?.vectors.find(({ name }) => name === "full document");
if (text !== undefined) {
  const base = parseGenesis(printJson(baseDocument(text.canonical_json)));
  const ledger = new Map<Address, Account>(base.staking.ledger);
  const delegations = new Map<Address, ReadonlyMap<Address, Delegation>>(base.staking.delegations);
  const noShares = { balance: 0n, totalShares: 0n };
  const plain: Account = {
    general: { balance: BALANCE, nonce: 1n, allowances: new Map(), hooks: new Map() },
    escrow: {
      active: noShares,
      debonding: noShares,
      commissionSchedule: { rates: [], bounds: [] },
      stakeAccumulator: { claims: new Map() },
    },
  };
  const addresses = Array.from({ length: ACCOUNTS }, (_, i) => deriveAddress("bench", utf8(String(i))));
  addresses.forEach((address, i) => {
    const delegators = i % (DELEGATORS + 1) === 0 ? addresses.slice(i + 1, i + 1 + DELEGATORS) : [];
    const totalShares = BigInt(delegators.length);
    ledger.set(address, { ...plain, escrow: { ...plain.escrow, active: { balance: totalShares, totalShares } } });
    if (delegators.length > 0) delegations.set(address, new Map(delegators.map((from) => [from, { shares: 1n }])));
  });
  let totalSupply = base.staking.commonPool;
  for (const { general, escrow } of ledger.values()) {
    totalSupply += general.balance + escrow.active.balance + escrow.debonding.balance;
  }
  const document = { ...base, staking: { ...base.staking, ledger, delegations, totalSupply } };

  checkGenesisDocument(document);
  const { cpuSeconds } = measure(() => checkGenesisDocument(document));
  benchLine({
    name: "types/genesis-sanity/100k-accounts",
    unit: "cpu-s",
    value: cpuSeconds,
    ran: "sanity check of a decoded document with 100 000 accounts and 99 000 delegations",
  });
}
