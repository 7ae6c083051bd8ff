import assert from "node:assert/strict";
import { registryApp, roothashApp } from "@wadi/apps";
import { testContext } from "@wadi/apps/testing";
import { create, decodeCbor, encodeCbor } from "@wadi/codec";
import { namespaceFromHex, publicKeyFromHex } from "@wadi/crypto";
import { registry, roothash, scheduler, staking, type PublicKey } from "@wadi/types";
import { fromHex, must, toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface Member {
  readonly role: number;
  readonly live_rounds: number;
  readonly finalized_proposals: number;
  readonly missed_proposals: number;
  readonly status_before: string;
  readonly status_after: string;
}
interface Case {
  readonly Epoch: number;
  readonly Total: number;
  readonly MinForEval: number;
  readonly MinLivePct: number;
  readonly MaxMissedPct: number;
  readonly MaxFails: number;
  readonly FreezeInterval: number;
  readonly Nodes: readonly Member[];
}
interface File {
  readonly cases: readonly Case[];
}

const id = namespaceFromHex("8000000000000000000000000000000000000000000000000000000000000010");

function key(index: number): PublicKey {
  return publicKeyFromHex((index + 1).toString(16).padStart(2, "0").repeat(32));
}

function runtimeOf(c: Case): registry.Runtime {
  const slash: staking.Slash = { amount: 0n, freezeInterval: BigInt(c.FreezeInterval) };
  return create(registry.Runtime, {
    id,
    kind: registry.runtimeKinds.compute,
    executor: create(registry.ExecutorParameters, {
      minLiveRoundsEval: BigInt(c.MinForEval),
      minLiveRoundsPercent: c.MinLivePct,
      maxMissedProposalsPercent: c.MaxMissedPct,
      maxLivenessFails: c.MaxFails,
    }),
    staking: create(registry.RuntimeStakingParameters, {
      slashing: new Map([[staking.slashReasons.runtimeLiveness, slash]]),
    }),
  });
}

function stateOf(c: Case): roothashApp.RuntimeState {
  const counters = (of: (member: Member) => number): bigint[] => c.Nodes.map((member) => BigInt(of(member)));
  return {
    ...roothash.RuntimeState.zero(),
    runtime: runtimeOf(c),
    genesisBlock: roothash.Block.zero(),
    lastBlock: roothash.Block.zero(),
    commitmentPool: roothashApp.newPool(),
    committee: create(scheduler.Committee, {
      members: c.Nodes.map(({ role }, index) => ({ role, publicKey: key(index) })),
    }),
    livenessStats: {
      totalRounds: BigInt(c.Total),
      goodRounds: counters((member) => member.live_rounds),
      finalizedProposals: counters((member) => member.finalized_proposals),
      missedProposals: counters((member) => member.missed_proposals),
    },
  };
}

function runCase(c: Case): void {
  const ctx = testContext({ mode: "begin-block" });
  for (const [index, { status_before: before }] of c.Nodes.entries()) {
    registryApp.setNodeStatus(ctx.state, key(index), decodeCbor(registry.NodeStatus, fromHex(before)));
  }
  roothashApp.evaluateLiveness(ctx, BigInt(c.Epoch), stateOf(c));
  for (const [index, { status_after: after }] of c.Nodes.entries()) {
    const status = must(registryApp.nodeStatus(ctx.state, key(index)));
    assert.equal(toHex(encodeCbor(registry.NodeStatus, status)), after, `member ${index}`);
  }
}

/** Statuses of a committee's nodes before and after its epoch was judged. */
export const suite: Suite = {
  file: "apps/runtime-liveness",
  run(r: Recorder): void {
    const file = loadVector<File>("apps/runtime-liveness");
    if (!file) return;
    for (const [index, c] of file.cases.entries()) r.case(`evaluation ${index}`, () => runCase(c));
  },
};
