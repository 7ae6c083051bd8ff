// State keys of the staking application. Mind the order of addresses: the first two delegation
// tables differ in it. Reference: go/consensus/cometbft/apps/staking/state/state.go.
import { quantity, type Schema } from "@wadi/codec";
import { staking } from "@wadi/types";

import { addressElement, u64Element } from "../framework/key-element.ts";
import { stateKey } from "../framework/state-key.ts";
import { cborValue, noValue, type ValueFormat } from "../framework/state-value.ts";
import { EpochSigning } from "./epoch-signing-schema.ts";

const strict = <V>(schema: Schema<V>): ValueFormat<V> => cborValue(schema, "strict");

export const keys = {
  accounts: stateKey(0x50, "accounts", { owner: addressElement }, strict(staking.Account)),
  totalSupply: stateKey(0x51, "total supply", {}, strict(quantity)),
  commonPool: stateKey(0x52, "common pool", {}, strict(quantity)),
  delegations: stateKey(
    0x53,
    "delegations",
    { escrow: addressElement, delegator: addressElement },
    strict(staking.Delegation),
  ),
  debondingDelegations: stateKey(
    0x54,
    "debonding delegations",
    { delegator: addressElement, escrow: addressElement, epoch: u64Element },
    strict(staking.DebondingDelegation),
  ),
  debondingQueue: stateKey(
    0x55,
    "debonding queue",
    { epoch: u64Element, delegator: addressElement, escrow: addressElement },
    noValue,
  ),
  parameters: stateKey(0x56, "staking parameters", {}, strict(staking.ConsensusParameters)),
  /** What is kept for voters and the next proposer; absent before the first EndBlock. */
  lastBlockFees: stateKey(0x57, "last block fees", {}, strict(quantity)),
  /** Absent where nothing was signed in this epoch. */
  epochSigning: stateKey(0x58, "epoch signing", {}, strict(EpochSigning)),
  governanceDeposits: stateKey(0x59, "governance deposits", {}, strict(quantity)),
  /** The same values as `delegations`, by delegator. */
  delegationsByDelegator: stateKey(
    0x5a,
    "delegations by delegator",
    { delegator: addressElement, escrow: addressElement },
    strict(staking.Delegation),
  ),
  /** Accounts with a commission schedule. */
  commissionSchedules: stateKey(0x5b, "commission schedule addresses", { owner: addressElement }, noValue),
} as const;
