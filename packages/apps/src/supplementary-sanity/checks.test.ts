import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleAddress, type Address } from "@wadi/crypto";
import { Overlay, Tree, type KeyValueTree } from "@wadi/mkvs";
import { chainBytes } from "@wadi/testing";
import { genesis, governance, protocolVersions, staking, type upgrade } from "@wadi/types";
import { must } from "@wadi/util";

import { networkStateMachine, networkVerifier } from "../applications.ts";
import { beaconTimeSource } from "../beacon/time-source.ts";
import type { Context } from "../framework/context.ts";
import { MemoryStateStore } from "../framework/state-store.ts";
import type { State } from "../framework/state.ts";
import { setActiveProposal, setPendingUpgrade, setProposal } from "../governance/state.ts";
import { keys as churpKeys } from "../keymanager/keys.ts";
import { statuses } from "../keymanager/secrets/state.ts";
import { keys as registryKeys } from "../registry/keys.ts";
import { nodes, runtimes } from "../registry/state.ts";
import { parseRecordedBlock, type ReplayBlock } from "../replay/recorded-block.ts";
import { replayBlocks } from "../replay/replay.ts";
import { keys as roothashKeys } from "../roothash/keys.ts";
import { runtimeStates } from "../roothash/state.ts";
import { keys as stakingKeys } from "../staking/keys.ts";
import {
  account,
  accountAddresses,
  addDebondingDelegation,
  commonPool,
  setAccount,
  setCommonPool,
  setDelegatedShares,
  setGovernanceDeposits,
  setTotalSupply,
  totalSupply,
} from "../staking/state.ts";
import { testContext } from "../testing/context.ts";
import { checkState } from "./checks.ts";

const debug = { dontBlameOasis: true, skipQuoteVerification: true, allowDebugEnclaves: true };

interface Recorded {
  readonly tree: Tree;
  readonly last: ReplayBlock;
  readonly document: genesis.Document;
}

/** The state at the end of a recorded chain with runtimes, or undefined where it is not at hand. */
function recordedState(): Recorded | undefined {
  const chain = chainBytes("paratime/chain.jsonl");
  const text = chainBytes("paratime/genesis.json");
  if (chain === undefined || text === undefined) return undefined;
  const document = genesis.parseGenesis(text);
  const blocks = Buffer.from(chain).toString("utf8").trim().split("\n").map(parseRecordedBlock);
  const machine = networkStateMachine({
    document,
    store: new MemoryStateStore(),
    verifier: networkVerifier(document, { allowTestKeys: true }),
    quotes: { verifyQuote: () => assert.fail("no quotes here") },
    debug,
  });
  assert.equal(replayBlocks(machine, blocks).difference, undefined);
  const { tree } = machine.stateAt(0);
  assert.ok(tree instanceof Tree);
  return { tree, last: must(blocks.at(-1)), document };
}

const recorded = recordedState();
const options = recorded === undefined ? { skip: "no recorded chain" } : {};

/** A context at the end of the block after, on a copy of the state. */
function context(tree: KeyValueTree = new Overlay(must(recorded).tree)): Context {
  const { last, document } = must(recorded);
  return testContext({
    mode: "end-block",
    tree,
    lastHeight: last.input.height,
    now: last.input.time,
    environment: { verifier: networkVerifier(document, { allowTestKeys: true }), debug, timeSource: beaconTimeSource },
  });
}

const stranger = moduleAddress("nobody", "here");
const rich = (state: State): Address =>
  must(accountAddresses(state).find((owner) => account(state, owner).escrow.active.totalShares > 0n));

const zeroProposal: governance.Proposal = {
  ...governance.Proposal.zero(),
  id: 1n,
  submitter: stranger,
  state: governance.proposalStates.active,
  closesAt: 1_000_000n,
};
const descriptor: upgrade.Descriptor = { v: 1, handler: "empty", target: protocolVersions, epoch: 1_000_000n };
const withUpgrade = (changes: Partial<upgrade.Descriptor>): governance.Proposal => ({
  ...zeroProposal,
  state: governance.proposalStates.passed,
  closesAt: 0n,
  content: { ...governance.ProposalContent.zero(), upgrade: { ...descriptor, ...changes } },
});

/** Breaks the state, for the check that must see it. */
const breakages: readonly (readonly [name: string, check: RegExp, (state: State, ctx: Context) => void])[] = [
  ["supply", /checkStaking: .*do not add up to total_supply/, (s) => setTotalSupply(s, totalSupply(s) + 1n)],
  ["common pool", /checkStaking: .*do not add up/, (s) => setCommonPool(s, commonPool(s) + 1n)],
  [
    "shares of a delegation",
    /checkStaking: .*active.total_shares/,
    (s) => setDelegatedShares(s, stranger, rich(s), 1n),
  ],
  [
    "shares of a debonding delegation",
    /checkStaking: .*debonding.total_shares/,
    (s) => addDebondingDelegation(s, stranger, rich(s), { shares: 1n, debondEnd: 9n }),
  ],
  [
    "balance without delegations",
    /checkStaking: .*no delegations/,
    (s) => {
      const pool = { balance: 1n, totalShares: 0n };
      const empty = staking.Account.zero();
      setAccount(s, stranger, { ...empty, escrow: { ...empty.escrow, active: pool } });
      setTotalSupply(s, totalSupply(s) + 1n);
    },
  ],
  [
    "allowance above the supply",
    /checkStaking: .*allowance/,
    (s) => {
      const { general, ...rest } = account(s, rich(s));
      const allowances = new Map([[stranger, totalSupply(s) + 1n]]);
      setAccount(s, rich(s), { ...rest, general: { ...general, allowances } });
    },
  ],
  [
    "index of commission schedules",
    /checkStaking: .*index of commission schedules/,
    (s) => s.set(stakingKeys.commissionSchedules.at({ owner: stranger }), true),
  ],
  [
    "index of schedules of an account",
    /checkStaking: .*index of/,
    (s) => s.set(stakingKeys.commissionSchedules.at({ owner: rich(s) }), true),
  ],
  ["deposits without proposal", /checkStaking/, (s) => setGovernanceDeposits(s, 1n)],
  [
    "deposits of another amount",
    /checkGovernance: .*deposits/,
    (s) => {
      setGovernanceDeposits(s, 1n);
      setTotalSupply(s, totalSupply(s) + 1n);
    },
  ],
  [
    "proposal that should be closed",
    /checkGovernance: .*in the past/,
    (s) => setActiveProposal(s, { ...zeroProposal, closesAt: 0n }),
  ],
  [
    "active proposal with results",
    /checkGovernance: .*results/,
    (s) => setActiveProposal(s, { ...zeroProposal, results: new Map([[1, 1n]]) }),
  ],
  [
    "upgrade that is over",
    /checkGovernance: .*past upgrade epoch/,
    (s) => {
      setProposal(s, withUpgrade({ epoch: 1n }));
      setPendingUpgrade(s, 1n, 1n);
    },
  ],
  [
    "upgrade that is malformed",
    /checkGovernance: .*handler/,
    (s) => {
      setProposal(s, withUpgrade({ handler: "" }));
      setPendingUpgrade(s, 1n, descriptor.epoch);
    },
  ],
  [
    "claim too many",
    /checkStakeClaims: .*stake claims instead of/,
    (s) => {
      const found = account(s, rich(s));
      const claims = new Map(found.escrow.stakeAccumulator.claims).set("more", []);
      setAccount(s, rich(s), { ...found, escrow: { ...found.escrow, stakeAccumulator: { claims } } });
    },
  ],
  [
    "thresholds of a claim",
    /checkStakeClaims: .*thresholds/,
    (s) => {
      const found = account(s, rich(s));
      const claims = new Map(Array.from(found.escrow.stakeAccumulator.claims.keys(), (claim) => [claim, []]));
      setAccount(s, rich(s), { ...found, escrow: { ...found.escrow, stakeAccumulator: { claims } } });
    },
  ],
  [
    "timeout of a runtime that is not queued",
    /checkRootHash: .*is not scheduled/,
    (s) => changeRuntimes(s, { timeout: 1_000_000n }),
  ],
  [
    "timeout that did not trigger",
    /checkRootHash: .*did not trigger/,
    (s) => {
      const { id } = must(runtimeStates(s)[0]).runtime;
      s.set(roothashKeys.roundTimeouts.at({ height: 1n, runtime: id }), id);
    },
  ],
  [
    "suspended runtime with a committee",
    /checkRootHash: .*should not have/,
    (s) => changeRuntimes(s, { suspended: true }),
  ],
  [
    "runtime without a committee",
    /checkRootHash: .*should have a committee/,
    (s) => changeRuntimes(s, { committee: null }),
  ],
  [
    "block of the future",
    /checkRootHash: .*in the future/,
    (s, { now }) => {
      const { lastBlock } = must(runtimeStates(s)[0]);
      const header = { ...lastBlock.header, timestamp: now.seconds + 3661n };
      changeRuntimes(s, { lastBlock: { ...lastBlock, header } });
    },
  ],
  [
    "node of an unknown entity",
    /checkRegistry: .*missing entity/,
    (s) => s.remove(registryKeys.entities.at({ entity: must(nodes(s)[0]).entityId })),
  ],
  [
    "runtime twice",
    /checkRegistry: .*duplicate runtime/,
    (s) => {
      const [descriptorOf] = runtimes(s);
      s.set(registryKeys.suspendedRuntimes.at({ runtime: must(descriptorOf).id }), must(descriptorOf));
    },
  ],
  [
    "status of a key manager that is none",
    /checkKeyManager: .*is invalid/,
    (s) => {
      const [status] = statuses(s);
      const { id } = must(runtimes(s).find((one) => one.kind === 1));
      s.set(churpKeys.statuses.at({ runtime: id }), { ...must(status), id });
    },
  ],
];

function changeRuntimes(state: State, changes: Partial<ReturnType<typeof runtimeStates>[number]>): void {
  for (const one of runtimeStates(state)) {
    if (one.suspended || one.committee === null) continue;
    state.set(roothashKeys.runtimes.at({ runtime: one.runtime.id }), { ...one, ...changes });
  }
}

test("a recorded state passes, and nothing is written", options, () => {
  const tree = must(recorded).tree.copy();
  const ctx = context(tree);
  assert.ok(accountAddresses(ctx.state).length > 3);
  const before = tree.hash();
  checkState(ctx);
  assert.deepEqual(ctx.events, []);
  assert.equal(tree.hash(), before);
});

for (const [name, expected, breakState] of breakages) {
  test(`seen: ${name}`, options, () => {
    const ctx = context();
    breakState(ctx.state, ctx);
    assert.throws(() => checkState(ctx), { message: expected });
  });
}
