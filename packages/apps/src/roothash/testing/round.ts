// Runtimes, committees and commitments for tests of rounds.
import { create, encodeCbor } from "@wadi/codec";
import {
  bindRuntimeContext,
  chainContext,
  EMPTY_HASH,
  hashOf,
  namespaceFromHex,
  signatureContexts,
  testSigner,
} from "@wadi/crypto";
import { node, registry, roothash, scheduler, signature, type Hash, type Namespace, type PublicKey } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { setNode } from "../../registry/state.ts";
import { newPool } from "../pool.ts";
import { setParameters, TIMEOUT_NEVER, type RunningRuntime, type RuntimeState } from "../state.ts";

export type TestSigner = ReturnType<typeof testSigner>;

/** The chain of `testContext`. */
const chain = chainContext("test chain");

const { worker, backupWorker } = scheduler.committeeRoles;

export function runtimeId(number: number): Namespace {
  return namespaceFromHex(`80${number.toString(16).padStart(62, "0")}`);
}

export function signers(...names: readonly string[]): TestSigner[] {
  return names.map((name) => testSigner(`roothash test: ${name}`));
}

export function committeeOf(workers: readonly TestSigner[], backups: readonly TestSigner[]): scheduler.Committee {
  const members = [
    ...workers.map(({ publicKey }) => ({ role: worker, publicKey })),
    ...backups.map(({ publicKey }) => ({ role: backupWorker, publicKey })),
  ];
  return create(scheduler.Committee, { kind: scheduler.committeeKinds.executor, members });
}

export function runtimeOf(id: Namespace, members: Partial<registry.Runtime> = {}): registry.Runtime {
  return create(registry.Runtime, {
    v: 3,
    id,
    kind: registry.runtimeKinds.compute,
    governanceModel: registry.governanceModels.entity,
    executor: create(registry.ExecutorParameters, { roundTimeout: 10n, maxMessages: 8 }),
    ...members,
  });
}

/** A runtime in round 4. */
export function runningOf(runtime: registry.Runtime, committee: scheduler.Committee): RunningRuntime {
  const header = roothash.emptyHeader({
    namespace: runtime.id,
    round: 3n,
    headerType: roothash.headerTypes.normal,
  });
  return {
    runtime,
    suspended: false,
    genesisBlock: { header },
    lastBlock: { header },
    lastBlockHeight: 90,
    lastNormalRound: 3n,
    lastNormalHeight: 90,
    committee,
    commitmentPool: newPool(),
    timeout: TIMEOUT_NEVER,
    livenessStats: null,
  };
}

export interface CommitmentParts {
  readonly by: TestSigner;
  readonly scheduler: TestSigner;
  /** What the results are; undefined is a failure. */
  readonly result: string | undefined;
  readonly messages?: readonly roothash.Message[];
  readonly header?: Partial<roothash.ComputeResultsHeader>;
}

export function resultOf(text: string): Hash {
  return hashOf(new TextEncoder().encode(text));
}

export function signCommitmentHeader(
  id: Namespace,
  header: roothash.ExecutorCommitmentHeader,
  by: TestSigner,
): Uint8Array {
  const context = bindRuntimeContext(signatureContexts.executorCommitment, id, chain);
  return by.sign(context, encodeCbor(roothash.ExecutorCommitmentHeader, header));
}

/** A signed commitment for the next round of the runtime. */
export function commitmentFor(state: RuntimeState, parts: CommitmentParts): roothash.ExecutorCommitment {
  const { by, scheduler: proposer, result, messages = [] } = parts;
  const { header: last } = state.lastBlock;
  const { none, unknown } = roothash.executorCommitmentFailures;
  const results =
    result === undefined
      ? {}
      : {
          ioRoot: resultOf(result),
          stateRoot: resultOf(result),
          messagesHash: roothash.messagesHash(messages),
          inMsgsHash: EMPTY_HASH,
        };
  const header = create(roothash.ExecutorCommitmentHeader, {
    schedulerId: proposer.publicKey,
    failure: result === undefined ? unknown : none,
    header: create(roothash.ComputeResultsHeader, {
      round: last.round + 1n,
      previousHash: roothash.headerHash(last),
      ...results,
      ...parts.header,
    }),
  });
  const sig = signCommitmentHeader(state.runtime.id, header, by);
  return { nodeId: by.publicKey, header, sig, messages: by === proposer ? messages : [] };
}

export function storeParameters(ctx: Context, members: Partial<roothash.ConsensusParameters> = {}): void {
  const parameters = create(roothash.ConsensusParameters, { maxEvidenceAge: 10n, maxPastRootsStored: 3n, ...members });
  if (ctx.mode === "end-block" || ctx.mode === "init-chain") setParameters(ctx, parameters);
  else throw new Error("parameters are stored in InitChain and EndBlock");
}

/** Registers a node without looking at its descriptor. */
export function storeNode(ctx: Context, id: PublicKey, entityId: PublicKey): void {
  const descriptor: node.Node = { ...node.NodeV3.zero(), v: 3, id, entityId };
  const envelope = create(signature.MultiSigned, { untrustedRawValue: encodeCbor(node.Node, descriptor) });
  setNode(ctx.state, undefined, descriptor, envelope);
}
