// Arithmetic of the staking application: pools, rewards, slashing, fees, signing.
import assert from "node:assert/strict";
import { stakingApp, type BlockInfo, type Context, type State } from "@wadi/apps";
import { testContext } from "@wadi/apps/testing";
import type { ConsensusAddress } from "@wadi/comet-types";
import { moduleAddress, publicKeyFromBytes, stakingAddress, type Address, type PublicKey } from "@wadi/crypto";
import { staking } from "@wadi/types";
import { fromBase64, isError, must } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface Rate {
  readonly start?: number;
  readonly rate?: string;
}
interface AccountState {
  readonly active_balance: string;
  readonly active_shares: string;
  readonly debonding_balance: string;
  readonly debonding_shares: string;
  readonly general: string;
  readonly self_delegation_shares: string;
}
interface After {
  readonly accounts: Readonly<Record<string, AccountState>>;
  readonly common_pool: string;
  readonly last_block_fees: string;
}
interface FeeSplit {
  readonly block_fees: string;
  readonly proposer: number;
  readonly weights: { readonly propose: number; readonly vote: number; readonly next_propose: number };
  readonly after_end_block: After;
  readonly end_block_events: number;
  readonly next_block: {
    readonly eligible_validators: number;
    readonly proposer: number;
    readonly voters: readonly number[] | null;
  };
  readonly after_next_begin_block: After;
  readonly begin_block_events: number;
}
interface RewardCase {
  readonly op: "add_rewards" | "add_reward_single_attenuated";
  readonly accounts: readonly {
    readonly name: string;
    readonly active_balance: string;
    readonly active_shares: string;
    readonly commission_rates: readonly Rate[] | null;
  }[];
  readonly common_pool: string;
  readonly epoch: number;
  readonly factor: string;
  readonly min_commission_rate: string;
  readonly reward_schedule: readonly { readonly until: number; readonly scale: string }[];
  readonly order?: readonly string[];
  readonly account?: string;
  readonly numerator?: number;
  readonly denominator?: number;
  readonly num_events: number;
  readonly after: After;
}
interface PoolCase {
  readonly op: "deposit" | "withdraw";
  readonly balance: string;
  readonly total_shares: string;
  readonly amount?: string;
  readonly shares?: string;
  readonly new_shares?: string;
  readonly stake?: string;
  readonly balance_after?: string;
  readonly total_shares_after?: string;
  readonly error?: string;
}
interface SigningCase {
  readonly by_entity: Readonly<Record<string, number>>;
  readonly total: number;
  readonly numerator: number;
  readonly denominator: number;
  readonly eligible_in_order: readonly string[] | null;
}
interface SlashCase {
  readonly active: string;
  readonly debonding: string;
  readonly penalty: string;
  readonly total_slashed: string;
  readonly events: number;
  readonly after: After;
}
interface FromCommonCase {
  readonly active_balance: string;
  readonly active_shares: string;
  readonly amount: string;
  readonly commission_rates: readonly Rate[] | null;
  readonly common_pool: string;
  readonly epoch: number;
  readonly escrow: boolean;
  readonly general: string;
  readonly min_commission_rate: string;
  readonly num_events?: number;
  readonly transferred?: boolean;
  readonly after?: After;
  readonly error?: string;
}
interface EconomyMath {
  readonly fee_split: readonly FeeSplit[];
  readonly rewards: readonly RewardCase[];
  readonly share_pool: readonly PoolCase[];
  readonly signing_eligibility: readonly SigningCase[];
  readonly slash_escrow: readonly SlashCase[];
  readonly transfer_from_common: readonly FromCommonCase[];
}

/** Entities A, B, C and D with one node each; the keys mean nothing. */
const entities = ["A", "B", "C", "D"].map((name, i) => {
  const key = publicKeyFromBytes(new Uint8Array(32).fill(i + 1));
  return { name, key, address: stakingAddress(key), consensus: `${i + 1}`.repeat(40) as ConsensusAddress };
});
const addressOf = (name: string): Address =>
  entities.find((entity) => entity.name === name)?.address ?? moduleAddress("test", name);

const nodes: stakingApp.ValidatorNodes = {
  byConsensusAddress(_state, address) {
    const key: PublicKey | undefined = entities.find(({ consensus }) => consensus === address)?.key;
    return key === undefined ? undefined : { id: key, entityId: key };
  },
  status: () => undefined,
  setStatus: () => undefined,
};

const schedule = (rates: readonly Rate[] | null): staking.CommissionSchedule => ({
  rates: (rates ?? []).map(({ start = 0, rate = "0" }) => ({ start: BigInt(start), rate: BigInt(rate) })),
  bounds: [],
});

function contextWith(
  parameters: Partial<staking.ConsensusParameters>,
  epoch: bigint,
  block?: Partial<BlockInfo>,
): Context {
  const ctx = testContext({ mode: "begin-block", epoch, ...(block === undefined ? {} : { block }) });
  ctx.state.set(stakingApp.keys.parameters.at(), { ...staking.ConsensusParameters.zero(), ...parameters });
  return ctx;
}

const minimumRate = (rate: string): Partial<staking.ConsensusParameters> => ({
  commissionScheduleRules: { ...staking.CommissionScheduleRules.zero(), minCommissionRate: BigInt(rate) },
});

function setAccount(
  state: State,
  name: string,
  pools: { readonly active?: readonly string[]; readonly debonding?: readonly string[]; readonly general?: string },
  rates: readonly Rate[] | null = null,
): void {
  const pool = ([balance = "0", shares = balance]: readonly string[] = []): staking.SharePool => ({
    balance: BigInt(balance),
    totalShares: BigInt(shares),
  });
  const zero = staking.Account.zero();
  stakingApp.setAccount(state, addressOf(name), {
    general: { ...zero.general, balance: BigInt(pools.general ?? "0") },
    escrow: {
      ...zero.escrow,
      active: pool(pools.active),
      debonding: pool(pools.debonding),
      commissionSchedule: schedule(rates),
    },
  });
}

function checkAfter(state: State, after: After): void {
  for (const [name, expected] of Object.entries(after.accounts)) {
    const address = addressOf(name);
    const { general, escrow } = stakingApp.account(state, address);
    const actual: AccountState = {
      active_balance: String(escrow.active.balance),
      active_shares: String(escrow.active.totalShares),
      debonding_balance: String(escrow.debonding.balance),
      debonding_shares: String(escrow.debonding.totalShares),
      general: String(general.balance),
      self_delegation_shares: String(stakingApp.delegatedShares(state, address, address)),
    };
    assert.deepEqual(actual, expected, name);
  }
  assert.equal(String(stakingApp.commonPool(state)), after.common_pool, "common pool");
  assert.equal(String(stakingApp.lastBlockFees(state)), after.last_block_fees, "last block fees");
}

function feeSplit(test: FeeSplit): void {
  const { propose, vote, next_propose: next } = test.weights;
  const parameters = {
    feeSplitWeightPropose: BigInt(propose),
    feeSplitWeightVote: BigInt(vote),
    feeSplitWeightNextPropose: BigInt(next),
  };
  const first = contextWith(parameters, 1n);
  first.block.set(stakingApp.blockFees, BigInt(test.block_fees));
  first.block.set(stakingApp.blockProposer, entities[test.proposer]?.address);
  stakingApp.endBlock(first);
  checkAfter(first.state, test.after_end_block);
  assert.equal(first.events.length, test.end_block_events, "events of EndBlock");

  const { proposer, voters, eligible_validators: eligible } = test.next_block;
  const unknown = "f".repeat(40) as ConsensusAddress;
  const votes = (voters ?? []).map((voter) => ({ address: must(entities[voter]).consensus, signed: true }));
  const silent = Array.from({ length: eligible - votes.length }, () => ({ address: unknown, signed: false }));
  const info = { proposerAddress: entities[proposer]?.consensus ?? unknown, lastCommit: [...votes, ...silent] };
  const second = testContext({ mode: "begin-block", tree: first.state.tree, block: info });
  stakingApp.beginBlock(second, nodes);
  checkAfter(second.state, test.after_next_begin_block);
  assert.equal(second.events.length, test.begin_block_events, "events of BeginBlock");
}

function reward(test: RewardCase): void {
  const rewardSchedule = test.reward_schedule.map(({ until, scale }) => ({
    until: BigInt(until),
    scale: BigInt(scale),
  }));
  const epoch = BigInt(test.epoch);
  const ctx = contextWith({ ...minimumRate(test.min_commission_rate), rewardSchedule }, epoch);
  for (const { name, active_balance: balance, active_shares: shares, commission_rates: rates } of test.accounts) {
    setAccount(ctx.state, name, { active: [balance, shares] }, rates);
  }
  stakingApp.setCommonPool(ctx.state, BigInt(test.common_pool));
  const factor = BigInt(test.factor);
  if (test.op === "add_rewards") {
    stakingApp.addRewards(ctx, epoch, factor, must(test.order).map(addressOf));
  } else {
    const fraction = { numerator: BigInt(must(test.numerator)), denominator: BigInt(must(test.denominator)) };
    stakingApp.addAttenuatedReward(ctx, epoch, factor, fraction, addressOf(must(test.account)));
  }
  checkAfter(ctx.state, test.after);
  assert.equal(ctx.events.length, test.num_events, "events");
}

function sharePool(test: PoolCase): void {
  const pool = { balance: BigInt(test.balance), totalShares: BigInt(test.total_shares) };
  if (test.op === "withdraw") {
    const shares = BigInt(must(test.shares));
    const { pool: after, stake } = stakingApp.withdraw(pool, shares, shares);
    assert.equal(String(stake), test.stake, "stake");
    checkPool(after, test);
    return;
  }
  const amount = BigInt(must(test.amount));
  if (test.error !== undefined) {
    assert.throws(
      () => stakingApp.deposit(pool, amount, amount, "test"),
      (e) => isError(e, staking.ErrInvalidArgument),
    );
    return;
  }
  const { pool: after, shares } = stakingApp.deposit(pool, amount, amount, "test");
  assert.equal(String(shares), test.new_shares, "new shares");
  checkPool(after, test);
}

function checkPool({ balance, totalShares }: staking.SharePool, test: PoolCase): void {
  assert.equal(String(balance), test.balance_after, "balance");
  assert.equal(String(totalShares), test.total_shares_after, "total shares");
}

function signing(test: SigningCase): void {
  const keyOf = (text: string): PublicKey => publicKeyFromBytes(fromBase64(text));
  const byEntity = new Map(Object.entries(test.by_entity).map(([key, count]) => [keyOf(key), BigInt(count)]));
  const record = { total: BigInt(test.total), byEntity };
  const eligible = stakingApp.eligibleEntities(record, BigInt(test.numerator), BigInt(test.denominator));
  assert.deepEqual(eligible, (test.eligible_in_order ?? []).map(keyOf));
}

function slash(test: SlashCase): void {
  const ctx = contextWith({}, 1n);
  setAccount(ctx.state, "A", { active: [test.active], debonding: [test.debonding] });
  const taken = stakingApp.slashEscrow(ctx, addressOf("A"), BigInt(test.penalty));
  assert.equal(String(taken), test.total_slashed, "slashed");
  checkAfter(ctx.state, test.after);
  assert.equal(ctx.events.length, test.events, "events");
}

function fromCommonPool(test: FromCommonCase): void {
  const ctx = contextWith(minimumRate(test.min_commission_rate), BigInt(test.epoch));
  const active = [test.active_balance, test.active_shares];
  setAccount(ctx.state, "A", { active, general: test.general }, test.commission_rates);
  stakingApp.setCommonPool(ctx.state, BigInt(test.common_pool));
  const run = (): boolean => stakingApp.transferFromCommonPool(ctx, addressOf("A"), BigInt(test.amount), test.escrow);
  if (test.error !== undefined) {
    assert.throws(run, (e) => isError(e, staking.ErrInvalidArgument));
    return;
  }
  assert.equal(run(), test.transferred, "transferred");
  checkAfter(ctx.state, must(test.after));
  assert.equal(ctx.events.length, test.num_events, "events");
}

function each<T>(r: Recorder, name: string, tests: readonly T[], run: (test: T) => void): void {
  for (const [i, test] of tests.entries()) r.case(`${name} ${i}`, () => run(test));
}

export const suite: Suite = {
  file: "apps/economy-math",
  run(r) {
    const file = loadVector<EconomyMath>("apps/economy-math");
    if (file === undefined) return;
    each(r, "fee split", file.fee_split, feeSplit);
    each(r, "reward", file.rewards, reward);
    each(r, "share pool", file.share_pool, sharePool);
    each(r, "signing eligibility", file.signing_eligibility, signing);
    each(r, "slash escrow", file.slash_escrow, slash);
    each(r, "transfer from the common pool", file.transfer_from_common, fromCommonPool);
  },
};
