// Genesis state of the staking module. Reference: go/staking/api/api.go.
import { list, map, optional, quantity, struct, text, u8, type TypeOf } from "@wadi/codec";

import { present } from "../present.ts";
import { Address } from "../scalars/address.ts";
import { Account, DebondingDelegation, Delegation } from "./account.ts";
import { ConsensusParameters } from "./parameters.ts";

export const Genesis = struct("staking.Genesis", {
  params: ConsensusParameters,
  tokenSymbol: text,
  tokenValueExponent: u8,
  totalSupply: quantity,
  commonPool: quantity,
  lastBlockFees: quantity,
  governanceDeposits: quantity,
  ledger: optional(map(Address, present(Account))),
  delegations: optional(map(Address, present(map(Address, present(Delegation))))),
  debondingDelegations: optional(map(Address, present(map(Address, present(list(present(DebondingDelegation))))))),
});
export type Genesis = TypeOf<typeof Genesis>;
