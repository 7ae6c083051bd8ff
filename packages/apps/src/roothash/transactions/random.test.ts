import assert from "node:assert/strict";
import { test } from "node:test";
import { create, encodeCbor, type Schema } from "@wadi/codec";
import { stakingAddress } from "@wadi/crypto";
import { RootType, Tree } from "@wadi/mkvs";
import { registry, roothash, staking, transaction } from "@wadi/types";
import { must } from "@wadi/util";
import fc from "fast-check";

import { BlockContext } from "../../framework/block-context.ts";
import type { Context, ContextMode } from "../../framework/context.ts";
import { isRefusal } from "../../framework/errors.ts";
import { limitedGas } from "../../framework/gas.ts";
import { schedulerIndex } from "../../scheduler/committee.ts";
import { setCommittee } from "../../scheduler/state.ts";
import { setRuntime } from "../../registry/state.ts";
import { setAccount, setStakingParameters } from "../../staking/state.ts";
import { testContext } from "../../testing/context.ts";
import { roothashApplication } from "../app.ts";
import { incomingMessages, incomingQueueMeta } from "../incoming-messages.ts";
import { pastRoundRoots, roundTimeouts, runtimeState, setRuntimeState } from "../state.ts";
import {
  commitmentFor,
  committeeOf,
  runningOf,
  runtimeId,
  runtimeOf,
  signers,
  storeNode,
  storeParameters,
  type TestSigner,
} from "../testing/round.ts";

const application = roothashApplication();
const nodes = signers("1", "2", "3", "4", "5", "outsider");
const committee = committeeOf(nodes.slice(0, 3), nodes.slice(2, 5));
const ids = [runtimeId(1), runtimeId(2)];
const PAST_ROOTS = 3n;

/** What happens next; numbers choose nodes and values. */
type Action =
  | {
      readonly kind: "commit";
      readonly runtime: number;
      readonly votes: readonly { readonly by: number; readonly result: number }[];
      readonly rank: number;
      readonly takes: number;
    }
  | { readonly kind: "evidence"; readonly runtime: number; readonly by: number; readonly later: number }
  | { readonly kind: "message"; readonly runtime: number; readonly fee: number; readonly tokens: number }
  | { readonly kind: "end"; readonly blocks: number }
  | { readonly kind: "epoch" };

const small = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
/** Mostly members. */
const voters = fc.oneof({ weight: 15, arbitrary: small(4) }, { weight: 1, arbitrary: fc.constant(5) });
const runtimes = fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 1, 2);
const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("commit" as const),
      runtime: runtimes,
      votes: fc.uniqueArray(fc.record({ by: voters, result: fc.constantFrom(1, 1, 1, 1, 1, 1, 2, 0) }), {
        selector: ({ by }) => by,
        minLength: 1,
        maxLength: 4,
      }),
      rank: fc.constantFrom(0, 0, 0, 0, 1, 2, 3),
      takes: fc.constantFrom(0, 0, 0, 0, 1, 2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("evidence" as const), runtime: runtimes, by: small(5), later: small(3) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("message" as const),
      runtime: runtimes,
      fee: small(3),
      tokens: small(60),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("end" as const), blocks: fc.constantFrom(1, 1, 4, 20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("epoch" as const) }) },
);
/** Bytes that overwrite a body, as [place, value]. */
const damages = fc.oneof(
  { weight: 12, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.tuple(fc.nat(), small(255)) },
);

class Chain {
  readonly #tree = Tree.empty(RootType.state);
  #height = 101;
  #epoch = 1n;
  #block = testContext().block;

  constructor() {
    const begin = testContext({ mode: "init-chain", tree: this.#tree });
    storeParameters(begin, { maxPastRootsStored: PAST_ROOTS, gasCosts: new Map([["compute_commit", 3n]]) });
    setStakingParameters(begin, staking.ConsensusParameters.zero());
    const zero = staking.Account.zero();
    const active = { balance: 1000n, totalShares: 1000n };
    for (const { publicKey } of nodes) {
      const general = { ...zero.general, balance: 100n };
      setAccount(begin.state, stakingAddress(publicKey), { ...zero, general, escrow: { ...zero.escrow, active } });
    }
    for (const { publicKey } of nodes.slice(0, 5)) storeNode(begin, publicKey, publicKey);
    const slash = { amount: 7n, freezeInterval: 0n };
    const { runtimeEquivocation, runtimeIncorrectResults } = staking.slashReasons;
    for (const id of ids) {
      const runtime = runtimeOf(id, {
        entityId: must(nodes[0]).publicKey,
        txnScheduler: create(registry.TxnSchedulerParameters, { maxInMessages: 3 }),
        staking: create(registry.RuntimeStakingParameters, {
          minInMessageFee: 1n,
          rewardBadResults: 30,
          rewardEquivocation: 40,
          slashing: new Map([
            [runtimeEquivocation, slash],
            [runtimeIncorrectResults, slash],
          ]),
        }),
      });
      setRuntime(begin.state, runtime, false);
      setCommittee(begin.state, { ...committee, runtimeId: id });
      setRuntimeState(begin.state, runningOf(runtime, committee));
    }
  }

  context(mode: ContextMode, lastEpoch = this.#epoch): Context {
    const ctx = testContext({
      mode,
      tree: this.#tree,
      lastHeight: this.#height - 1,
      epoch: this.#epoch,
      lastEpoch,
      environment: { block: this.#block },
    });
    if (mode === "deliver" || mode === "simulate" || mode === "check") {
      ctx.setSigner(must(nodes[5]).publicKey);
      ctx.setGas(limitedGas(1000n));
    }
    return ctx;
  }

  end(): void {
    application.endBlock?.(this.context("end-block"));
    this.#height++;
    this.#block = new BlockContext(this.#block.info, 0n);
  }

  changeEpoch(): void {
    this.#epoch++;
    application.beginBlock?.(this.context("begin-block", this.#epoch - 1n));
  }
}

/** Undefined if it was accepted; anything but a refusal fails the test. */
function refusal(ctx: Context, method: string, body: Uint8Array): unknown {
  const handler = must(application.methods?.find(({ name }) => name === method));
  try {
    handler.execute(ctx, create(transaction.Transaction, { method, body }));
  } catch (e) {
    assert(isRefusal(e), `${method}: ${String(e)}`);
    return e;
  }
  return undefined;
}

type Damage = readonly [place: number, value: number] | null;

function encoded<T>(schema: Schema<T>, body: T, damage: Damage): Uint8Array {
  const bytes = encodeCbor(schema, body);
  if (damage !== null) bytes[damage[0] % bytes.length] = damage[1];
  return bytes;
}

function commitment(ctx: Context, action: Extract<Action, { kind: "commit" }>): roothash.ExecutorCommit {
  // The last one is unknown to the chain.
  const id = ids[action.runtime] ?? runtimeId(3);
  const state = runtimeState(ctx.state, ids[action.runtime] ?? must(ids[0]));
  const taken = action.takes === 0 ? [] : incomingMessages(ctx.state, id, 0n, action.takes);
  const proposer = schedulerIndex(committee, state.lastBlock.header.round + 1n, BigInt(action.rank)) ?? 5;
  const commits = action.votes.map(({ by, result }) =>
    commitmentFor(state, {
      by: nodes[by] as TestSigner,
      scheduler: nodes[proposer] as TestSigner,
      result: result === 0 ? undefined : String(result),
      header: result === 0 ? {} : { inMsgsCount: action.takes, inMsgsHash: roothash.incomingMessagesHash(taken) },
    }),
  );
  return { id, commits };
}

function evidence(ctx: Context, { runtime, by, later }: Extract<Action, { kind: "evidence" }>): roothash.Evidence {
  const id = ids[runtime] ?? must(ids[0]);
  const { lastBlock, ...rest } = runtimeState(ctx.state, id);
  const header = { ...lastBlock.header, round: lastBlock.header.round + BigInt(later) };
  const state = { ...rest, lastBlock: { header } };
  const node = nodes[by] as TestSigner;
  const [commitA, commitB] = ["x", "y"].map((result) => commitmentFor(state, { by: node, scheduler: node, result }));
  return create(roothash.Evidence, { id, equivocationExecutor: { commitA: must(commitA), commitB: must(commitB) } });
}

function perform(chain: Chain, action: Action, damage: Damage): void {
  const ctx = chain.context("deliver");
  const { executorCommit, evidence: evidenceMethod, submitMsg } = transaction.methods;
  switch (action.kind) {
    case "commit": {
      const body = encoded(roothash.ExecutorCommit, commitment(ctx, action), damage);
      const simulated = refusal(chain.context("simulate"), executorCommit.name, body);
      const executed = refusal(ctx, executorCommit.name, body);
      assert.equal(String(simulated), String(executed), "simulation and execution disagree");
      break;
    }
    case "evidence":
      refusal(ctx, evidenceMethod.name, encoded(roothash.Evidence, evidence(ctx, action), damage));
      break;
    case "message": {
      const { fee, tokens } = action;
      const id = ids[action.runtime] ?? runtimeId(3);
      const body = create(roothash.SubmitMsg, { id, fee: BigInt(fee), tokens: BigInt(tokens) });
      refusal(ctx, submitMsg.name, encoded(roothash.SubmitMsg, body, damage));
      break;
    }
    case "end":
      for (let i = 0; i < action.blocks; i++) chain.end();
      break;
    case "epoch":
      chain.end();
      chain.changeEpoch();
      break;
  }
}

function requireSound(chain: Chain): void {
  const { state, currentHeight } = chain.context("deliver");
  const expected = ids
    .map((id) => [id, runtimeState(state, id).timeout] as const)
    .filter(([, timeout]) => timeout > 0n);
  const queued = roundTimeouts(state).map(({ height, runtimeId: id }) => [id, height] as const);
  assert.deepEqual(new Map(queued), new Map(expected));
  for (const [, height] of queued) assert(height >= BigInt(currentHeight));
  for (const id of ids) {
    const { lastBlock, suspended, committee: seats } = runtimeState(state, id);
    assert.equal(incomingQueueMeta(state, id).size, incomingMessages(state, id).length);
    const roots = pastRoundRoots(state, id);
    assert(BigInt(roots.size) <= PAST_ROOTS);
    assert(roots.has(lastBlock.header.round));
    if (suspended) assert.equal(seats, null);
  }
}

test("whatever is sent is done or refused, and the state stays sound", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(actions, damages), { minLength: 10, maxLength: 50 }), (steps) => {
      const chain = new Chain();
      for (const [action, damage] of steps) {
        perform(chain, action, damage);
        requireSound(chain);
      }
    }),
    { numRuns: 30 },
  );
});
