// Blocks of a runtime and what belongs to them, for tests.
import { registry, roothash, scheduler, type Namespace, type PublicKey } from "@wadi/types";
import { must } from "@wadi/util";

import type { HistoryStore } from "../history/history-store.ts";
import type { RuntimeBlock } from "../runtime-block.ts";

export const testRuntimeId = `80${"00".repeat(30)}01` as Namespace;

export function testHeader(round: bigint, more: Partial<roothash.Header> = {}): roothash.Header {
  return roothash.emptyHeader({
    namespace: testRuntimeId,
    round,
    timestamp: 1_700_000_000n + round,
    headerType: roothash.headerTypes.normal,
    ...more,
  });
}

export function annotated(round: bigint, consensusHeight: number): roothash.AnnotatedBlock {
  return { consensusHeight, block: { header: testHeader(round) } };
}

/** The blocks of a history from a round on. */
export function* blocksFrom(history: Pick<HistoryStore, "next">, round: bigint): Generator<roothash.AnnotatedBlock> {
  for (
    let found = history.next(round);
    found !== undefined;
    found = history.next(must(found.block).header.round + 1n)
  ) {
    yield found;
  }
}

export interface TestBlockOptions {
  /** Workers of the committee, in order. */
  readonly workers?: readonly PublicKey[];
  readonly header?: Partial<roothash.Header>;
  /** Milliseconds. */
  readonly proposerTimeoutMs?: number;
  readonly flushTimeoutMs?: number;
}

/** The block of a round at a height ten times as high, for which a committee may stand. */
export function testBlock(round: bigint, options: TestBlockOptions = {}): RuntimeBlock {
  const { flushTimeoutMs = 60_000, header, proposerTimeoutMs = 60_000, workers } = options;
  const block = { header: testHeader(round, header) };
  const zero = registry.Runtime.zero();
  const descriptor: registry.Runtime = {
    ...zero,
    id: testRuntimeId,
    txnScheduler: {
      ...zero.txnScheduler,
      maxBatchSize: 100n,
      maxBatchSizeBytes: 0n,
      proposeBatchTimeout: BigInt(proposerTimeoutMs) * 1_000_000n,
      batchFlushTimeout: BigInt(flushTimeoutMs) * 1_000_000n,
    },
  };
  const members = workers?.map((publicKey) => ({ role: scheduler.committeeRoles.worker, publicKey })) ?? null;
  const committee =
    members === null
      ? null
      : { kind: scheduler.committeeKinds.executor, members, runtimeId: testRuntimeId, validFor: 1n };
  const state: roothash.RuntimeState = {
    ...roothash.RuntimeState.zero(),
    runtime: descriptor,
    genesisBlock: { header: testHeader(0n) },
    lastBlock: block,
    lastBlockHeight: Number(round) * 10,
    // A round has been normal: there is no need for a first one.
    lastNormalRound: round + 1n,
    committee,
  };
  const consensusBlock = { height: Number(round) * 10, meta: new Uint8Array(0) };
  const request = { block, consensusBlock, epoch: 1n, maxMessages: 0, roundResults: null, incoming: [] };
  return { height: Number(round) * 10, block, state, descriptor, epoch: 1n, request };
}
