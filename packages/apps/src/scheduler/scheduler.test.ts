import assert from "node:assert/strict";
import { test } from "node:test";

import { encodeCbor } from "@wadi/codec";
import { Ed25519PrivateKey, stakingAddress } from "@wadi/crypto";
import {
  FEATURE_26_1,
  events,
  genesis,
  type governance,
  node as nodeTypes,
  registry,
  scheduler,
  staking,
} from "@wadi/types";
import { must } from "@wadi/util";

import { parametersKey } from "../framework/core-state.ts";
import type { Context } from "../framework/context.ts";
import { MessageBus } from "../framework/messages.ts";
import { State } from "../framework/state.ts";
import { messages, taken } from "../message-kinds.ts";
import { nodeStatus, nodes, runtimes, setNodeStatus, setRuntime } from "../registry/state.ts";
import { keys as stakingKeys } from "../staking/keys.ts";
import { setCommonPool } from "../staking/state.ts";
import { testContext } from "../testing/context.ts";
import { schedulerApplication } from "./app.ts";
import { genesisValidators } from "./genesis-validators.ts";
import { keys } from "./keys.ts";
import { schedulerQueries } from "./queries.ts";
import { committees, parameters, pendingValidators, setCommittee, setCurrentValidators } from "./state.ts";
import { EPOCH, candidate, keyOf } from "./testing/elections.ts";
import { largeNetwork, transitionContext } from "./testing/large-network.ts";
import { beaconApplication } from "../beacon/app.ts";

const UNKNOWN = { module: "unknown", code: 1 };
const app = schedulerApplication({
  quotes: {
    verifyQuote: () => {
      throw new Error("no runtime here has quotes");
    },
  },
});
const network = largeNetwork({ nodes: 12, runtimes: 2, groupSize: 3 });

/** The block in which the epoch begins, with the beacon's part done. */
function transition(prepare: (state: State) => void = () => undefined): Context {
  const tree = network.copy();
  prepare(new State(tree));
  const ctx = transitionContext(tree);
  must(beaconApplication().beginBlock)(ctx);
  return ctx;
}

function elect(ctx: Context): Context {
  must(app.beginBlock)(ctx);
  return ctx;
}

/** How often events of this kind were emitted. */
function count(ctx: Context, wanted: { readonly kind: string }): number {
  return ctx.events.filter(([{ kind }]) => kind.kind === wanted.kind).length;
}

const { schedulerElected, stakingAddEscrow, stakingTakeEscrow } = events.eventKinds;

test("a new epoch elects validators and committees and rewards their entities", () => {
  const ctx = elect(
    transition((state) => {
      state.set(stakingKeys.parameters.at(), {
        ...staking.ConsensusParameters.zero(),
        rewardSchedule: [{ until: EPOCH + 1n, scale: 100_000_000n }],
      });
      state.set(keys.parameters.at(), { ...parameters(state), rewardFactorEpochElectionAny: 1n });
      setCommonPool(state, 10n ** 18n);
    }),
  );
  // Nodes 1 to 12 belong to entities 0 to 6, whose validators are one each.
  assert.equal(pendingValidators(ctx.state)?.size, 7);
  assert.deepEqual(
    committees(ctx.state).map(({ members, validFor }) => [members?.length, validFor]),
    [
      [6, EPOCH],
      [6, EPOCH],
    ],
  );
  assert.equal(count(ctx, schedulerElected), 1);
  assert.equal(count(ctx, stakingAddEscrow), 7);
  const updates = must(app.endBlock)(ctx);
  assert.equal(updates?.length, 7);
  assert.equal(pendingValidators(ctx.state), undefined);
  assert.deepEqual(schedulerQueries.validators(ctx.state).length, 7);
  assert.equal(must(app.endBlock)(ctx), undefined, "once");
});

test("between epochs only slashing at the start of the block elects again, without rewards", () => {
  const { state } = transition();
  const between = (baseEpoch = 0n): Context =>
    testContext({
      mode: "begin-block",
      tree: state.tree,
      epoch: EPOCH,
      environment: { bus: transitionContext(network).environment.bus, baseEpoch },
    });
  assert.equal(count(elect(between()), schedulerElected), 0);
  const slash = { owner: stakingAddress(keyOf(1)), amount: 1n, debondingAmount: 0n };
  const slashed = between();
  slashed.emit(stakingTakeEscrow, slash);
  assert.equal(count(elect(slashed), schedulerElected), 1);
  assert.equal(count(slashed, stakingAddEscrow), 0);
  const first = between(EPOCH);
  first.emit(stakingTakeEscrow, slash);
  assert.equal(count(elect(first), schedulerElected), 0, "the first epoch of the chain elects nobody");
});

test("frozen, expired and not yet eligible nodes", () => {
  const ctx = elect(
    transition((state) => {
      const [frozen, late] = nodes(state).map(({ id }) => id);
      const status = must(nodeStatus(state, must(frozen)));
      setNodeStatus(state, must(frozen), { ...status, freezeEndTime: 1n });
      setNodeStatus(state, must(late), { ...status, electionEligibleAfter: EPOCH });
    }),
  );
  const [frozen, late] = nodes(ctx.state).map(({ id }) => id);
  const validators = Array.from(must(pendingValidators(ctx.state)).values(), ({ id }) => id);
  assert.ok(!validators.includes(must(frozen)), "node 1 is its entity's only one");
  const members = new Set(committees(ctx.state).flatMap((one) => must(one.members).map(({ publicKey }) => publicKey)));
  assert.ok(!members.has(must(frozen)) && !members.has(must(late)));
});

test("a runtime whose election fails loses its committee", () => {
  const ctx = transition((state) => {
    const [one] = runtimes(state);
    const runtime = must(one);
    setRuntime(state, { ...runtime, executor: { ...runtime.executor, groupSize: 100 } }, false);
    setCommittee(state, { kind: 1, runtimeId: runtime.id, members: null, validFor: EPOCH - 1n });
  });
  elect(ctx);
  const [failed] = runtimes(ctx.state);
  assert.equal(schedulerQueries.committee(ctx.state, 1, must(failed).id), undefined);
  assert.equal(committees(ctx.state).length, 1);
});

test("key manager runtimes lose their committee before 26.1 and are left alone since", () => {
  const electAt = (isNew: boolean): number => {
    const ctx = transition((state) => {
      const [one] = runtimes(state);
      const runtime = { ...must(one), kind: registry.runtimeKinds.keyManager };
      setRuntime(state, { ...runtime, executor: { ...runtime.executor, groupSize: 0 } }, false);
      setCommittee(state, { kind: 1, runtimeId: runtime.id, members: null, validFor: EPOCH - 1n });
      if (isNew) state.set(parametersKey.at(), { ...state.must(parametersKey.at()), featureVersion: FEATURE_26_1 });
    });
    return committees(elect(ctx).state).length;
  };
  assert.equal(electAt(false), 1);
  assert.equal(electAt(true), 2);
});

test("too few validators fail the block", () => {
  const ctx = transition((state) => {
    state.set(keys.parameters.at(), { ...parameters(state), minValidators: 8n });
  });
  assert.throws(() => elect(ctx), UNKNOWN);
});

function change(changes: Partial<scheduler.ConsensusParameterChanges>, apply: boolean, module = "scheduler") {
  const bus = new MessageBus();
  for (const subscription of app.subscriptions ?? []) bus.add(subscription);
  const ctx = testContext({ mode: "end-block", tree: network.copy(), environment: { bus } });
  const all = { ...scheduler.ConsensusParameterChanges.zero(), ...changes };
  const proposal: governance.ChangeParametersProposal = {
    module,
    changes: encodeCbor(scheduler.ConsensusParameterChanges, all),
  };
  const kind = apply ? messages.changeParameters : messages.validateParameterChanges;
  return { answer: ctx.publish(kind, proposal), now: parameters(ctx.state) };
}

test("governance changes what it may and nothing else", () => {
  const changes = { minValidators: 50n, maxValidators: 3n, votingPowerDistribution: 1 };
  const applied = change(changes, true);
  assert.equal(applied.answer, taken);
  assert.deepEqual(applied.now, { ...change(changes, false).now, ...changes });
  assert.equal(change(changes, false).answer, taken);
  assert.equal(change(changes, true, "registry").answer, undefined);
  assert.throws(() => change({}, false), UNKNOWN);
});

function documentWith(
  entities: readonly { readonly nodes: number; readonly stake: bigint }[],
  changes: Partial<scheduler.ConsensusParameters> = {},
): genesis.Document {
  const document = genesis.Document.zero();
  const ledger = new Map<ReturnType<typeof stakingAddress>, staking.Account>();
  const signed: nodeTypes.MultiSignedNode[] = [];
  for (const [entity, { nodes: own, stake }] of entities.entries()) {
    for (let i = 0; i < own; i++) {
      const { node, owner } = candidate(100 * entity + i, entity, { v: 3, expiration: 7n });
      const account = staking.Account.zero();
      ledger.set(owner, { ...account, escrow: { ...account.escrow, active: { balance: stake, totalShares: 1n } } });
      signed.push({ untrustedRawValue: encodeCbor(nodeTypes.NodeV3, node), signatures: [] });
    }
  }
  const params = { ...parameters(new State(network)), ...changes };
  return {
    ...document,
    beacon: { ...document.beacon, base: 7n },
    registry: { ...document.registry, nodes: signed },
    scheduler: { params },
    staking: { ...document.staking, ledger },
  };
}

test("the first validators: most stake first, so many of each entity", () => {
  const entities = [
    { nodes: 2, stake: 160n },
    { nodes: 3, stake: 1600n },
    { nodes: 1, stake: 320n },
  ];
  const powers = (changes: Partial<scheduler.ConsensusParameters> = {}) =>
    genesisValidators(documentWith(entities, changes)).map(({ power }) => power);
  assert.deepEqual(powers(), [100n, 20n, 10n]);
  assert.deepEqual(powers({ maxValidatorsPerEntity: 2n }), [100n, 100n, 20n, 10n, 10n]);
  assert.deepEqual(powers({ maxValidatorsPerEntity: 0n }), [100n, 20n, 10n], "one counts always");
  assert.deepEqual(powers({ maxValidators: 2n }), [100n, 20n]);
  assert.deepEqual(powers({ debugBypassStake: true }), [1n, 1n, 1n]);
  const expired = { ...documentWith(entities), beacon: { ...documentWith(entities).beacon, base: 8n } };
  assert.deepEqual(genesisValidators(expired), []);
});

test("InitChain wants limits above zero and validators that are registered", () => {
  const init = (document: genesis.Document) => must(app.initChain)(testContext({ mode: "init-chain" }), document);
  for (const member of ["minValidators", "maxValidators", "maxValidatorsPerEntity"]) {
    assert.throws(() => init(documentWith([], { [member]: 0n })), { name: "SanityError", message: /must be > 0/ });
  }
  assert.throws(() => init(documentWith([{ nodes: 1, stake: 16n }])), /is not registered/);
  const document = documentWith([]);
  const rich = { ...document, staking: { ...document.staking, totalSupply: 2n ** 66n } };
  assert.throws(() => init(rich), { name: "SanityError", message: /total supply power/ });
  assert.doesNotThrow(() =>
    init({ ...rich, scheduler: { params: { ...rich.scheduler.params, debugBypassStake: true } } }),
  );
});

test("what is exported is the parameters", () => {
  const exported = must(app.exportGenesis)(new State(network), {
    document: genesis.Document.zero(),
    height: 1,
    epoch: 1n,
  });
  assert.deepEqual(exported, { scheduler: { params: parameters(new State(network)) } });
});

test("updates name who left", () => {
  const ctx = elect(transition());
  const stranger = new Ed25519PrivateKey(new Uint8Array(32).fill(99)).publicKey;
  setCurrentValidators(ctx.state, new Map([[stranger, { id: stranger, entityId: stranger, votingPower: 1n }]]));
  const updates = must(app.endBlock)(ctx);
  assert.deepEqual(updates?.find(({ publicKey }) => publicKey === stranger)?.power, 0n);
});
