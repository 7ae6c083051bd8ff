import assert from "node:assert/strict";
import { roothashApp } from "@wadi/apps";
import { create, encodeCbor } from "@wadi/codec";
import { hashOf, publicKeyFromHex, ZERO_HASH } from "@wadi/crypto";
import { roothash, scheduler, type Hash, type PublicKey } from "@wadi/types";
import { must, toHex, WadiError } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface Operation {
  readonly op: "add" | "process";
  readonly node?: number;
  readonly sched?: number;
  /** Absent: a failure. */
  readonly vote?: number;
  readonly timeout?: boolean;
  /** 0 or a code of `roothash/commitment`. */
  readonly code: number;
  /** The first 8 bytes. */
  readonly pool_sha512_256: string;
  readonly pool_cbor?: string;
}
interface Scenario {
  readonly workers: readonly number[];
  readonly backups: readonly number[];
  readonly allowed_stragglers: number;
  readonly round: number;
  readonly ops: readonly Operation[];
}
interface File {
  readonly scenarios: readonly Scenario[];
}

const WAITING_CODE = roothash.ErrCommitmentStillWaiting.code;
const DISCREPANCY_CODE = roothash.ErrCommitmentDiscrepancyDetected.code;

function key(node: number): PublicKey {
  return publicKeyFromHex(node.toString(16).padStart(2, "0").repeat(32));
}

function committeeOf({ workers, backups }: Scenario): scheduler.Committee {
  const { worker, backupWorker } = scheduler.committeeRoles;
  const inRole = (role: scheduler.Role) => (node: number) => ({ role, publicKey: key(node) });
  return create(scheduler.Committee, {
    members: [...workers.map(inRole(worker)), ...backups.map(inRole(backupWorker))],
  });
}

function commitmentOf(round: number, operation: Operation): roothash.ExecutorCommitment {
  const { vote = 0 } = operation;
  const result: Hash | null = vote === 0 ? null : hashOf(Uint8Array.of(vote));
  const header = create(roothash.ComputeResultsHeader, {
    round: BigInt(round),
    previousHash: ZERO_HASH,
    ioRoot: result,
    stateRoot: result,
    messagesHash: result,
    inMsgsHash: result,
  });
  const { none, unknown } = roothash.executorCommitmentFailures;
  return create(roothash.ExecutorCommitment, {
    nodeId: key(must(operation.node)),
    header: create(roothash.ExecutorCommitmentHeader, {
      schedulerId: key(must(operation.sched)),
      header,
      failure: vote === 0 ? unknown : none,
    }),
  });
}

interface Step {
  readonly pool: roothash.Pool;
  readonly code: number;
}

function add(pool: roothash.Pool, scenario: Scenario, operation: Operation): Step {
  const commitment = commitmentOf(scenario.round, operation);
  try {
    return { pool: roothashApp.addCommitment(pool, committeeOf(scenario), commitment), code: 0 };
  } catch (e) {
    if (!(e instanceof WadiError)) throw e;
    assert.equal(e.module, "roothash/commitment");
    return { pool, code: e.code };
  }
}

function process(before: roothash.Pool, scenario: Scenario, { timeout = false }: Operation): Step {
  const committee = committeeOf(scenario);
  const { pool, verdict } = roothashApp.processCommitments(before, committee, scenario.allowed_stragglers, timeout);
  switch (verdict.kind) {
    case "accepted":
      return { pool, code: 0 };
    case "waiting":
      return { pool, code: WAITING_CODE };
    case "discrepancy":
      return { pool, code: DISCREPANCY_CODE };
    case "failed":
      return { pool, code: verdict.error.code };
  }
}

function runScenario(scenario: Scenario): void {
  let pool = roothashApp.newPool();
  for (const [index, operation] of scenario.ops.entries()) {
    const step = operation.op === "add" ? add(pool, scenario, operation) : process(pool, scenario, operation);
    pool = step.pool;
    const encoded = encodeCbor(roothash.Pool, pool);
    if (operation.pool_cbor !== undefined) assert.equal(toHex(encoded), operation.pool_cbor, `operation ${index}`);
    assert.equal(step.code, operation.code, `operation ${index}: code`);
    assert.equal(hashOf(encoded).slice(0, 16), operation.pool_sha512_256, `operation ${index}: pool`);
  }
}

/** Random scenarios: the verdict and the stored form of the pool after each operation. */
export const suite: Suite = {
  file: "apps/runtime-commitment-pool",
  run(r: Recorder): void {
    const file = loadVector<File>("apps/runtime-commitment-pool");
    if (!file) return;
    for (const [index, scenario] of file.scenarios.entries()) {
      r.case(`scenario ${index}`, () => runScenario(scenario));
    }
  },
};
