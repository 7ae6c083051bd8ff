// Rules a runtime descriptor satisfies by itself.
// Reference: oasis-core go/registry/api/runtime.go `Runtime.ValidateBasic` and the parameters it holds.
import { isKeyManagerNamespace, isTestNamespace, type SignatureVerifier } from "@wadi/crypto";

import { teeHardware } from "../../node/tee.ts";
import { thresholdKinds } from "../../staking/kinds.ts";
import { governanceModels, runtimeKinds } from "../kinds.ts";
import type { Runtime } from "../runtime.ts";
import type {
  ExecutorParameters,
  RuntimeStakingParameters,
  StorageParameters,
  TxnSchedulerParameters,
} from "../runtime-parameters.ts";
import { verifyAdmissionPolicyBasic } from "./admission.ts";
import { refusal } from "./refusal.ts";

/** No other version of a runtime descriptor is accepted. */
const LATEST_RUNTIME_DESCRIPTOR_VERSION = 3;

const MIN_BATCH_FLUSH_TIMEOUT_NS = 50_000_000n;
const MIN_PROPOSER_TIMEOUT_NS = 1_000_000_000n;
const MIN_MAX_BATCH_SIZE_BYTES = 1024n;
const MIN_CHECKPOINT_INTERVAL = 10n;
const MIN_CHECKPOINT_CHUNK_SIZE_BYTES = 1n << 20n;
const MAX_PERCENT = 100;

/** What the rules about a descriptor by itself depend on. */
export interface RuntimeBasicOptions {
  readonly verifier: SignatureVerifier;
  /** Test networks may use checkpoint parameters that are too small for a real one. */
  readonly dontBlameOasis: boolean;
}

/** Throws at the first rule that the descriptor breaks. */
export function verifyRuntimeBasic(runtime: Runtime, { verifier, dontBlameOasis }: RuntimeBasicOptions): void {
  if (runtime.v !== LATEST_RUNTIME_DESCRIPTOR_VERSION) {
    throw refusal(`invalid runtime descriptor version: ${runtime.v}`);
  }
  switch (runtime.kind) {
    case runtimeKinds.compute:
      verifyComputeRuntime(runtime, dontBlameOasis);
      break;
    case runtimeKinds.keyManager:
      verifyKeyManagerRuntime(runtime);
      break;
    default:
      throw refusal(`bad runtime kind: ${runtime.kind}`);
  }
  refuseIf("bad staking parameters", stakingProblem(runtime.staking, runtime.kind));
  verifyAdmissionPolicyBasic(runtime.admissionPolicy, verifier);
  if (runtime.governanceModel < governanceModels.entity || runtime.governanceModel > governanceModels.consensus) {
    throw refusal(`unsupported governance model: ${runtime.governanceModel}`);
  }
  if (runtime.deployments.length === 0) throw refusal("no deployment information specified");
}

function refuseIf(what: string, problem: string | undefined): void {
  if (problem !== undefined) throw refusal(`${what}: ${problem}`);
}

function verifyComputeRuntime(runtime: Runtime, dontBlameOasis: boolean): void {
  if (isKeyManagerNamespace(runtime.id)) throw refusal("compute runtime ID has the key manager flag set");
  if (runtime.keyManager === runtime.id) throw refusal("compute runtime has self as key manager");
  refuseIf("bad executor parameters", executorProblem(runtime.executor));
  refuseIf("bad txn scheduler parameters", txnSchedulerProblem(runtime.txnScheduler));
  if (!dontBlameOasis) refuseIf("bad storage parameters", storageProblem(runtime.storage));
}

function verifyKeyManagerRuntime(runtime: Runtime): void {
  if (!isKeyManagerNamespace(runtime.id)) {
    throw refusal("key manager runtime ID does not have the key manager flag set");
  }
  if (runtime.keyManager !== null) throw refusal("key manager runtime cannot itself have a key manager");
  if (!isTestNamespace(runtime.id) && runtime.teeHardware !== teeHardware.intelSGX) {
    throw refusal("non-SGX keymanager runtime");
  }
}

/** What is wrong with the parameters of the executor committee, or undefined. */
function executorProblem(executor: ExecutorParameters): string | undefined {
  const { groupSize, groupBackupSize, allowedStragglers } = executor;
  if (groupSize === 0) return "group_size is 0";
  if (allowedStragglers > groupSize || (groupBackupSize > 0 && allowedStragglers > groupBackupSize)) {
    return `allowed_stragglers ${allowedStragglers} exceeds the committee`;
  }
  if (executor.roundTimeout <= 0n) return `round_timeout ${executor.roundTimeout} is not positive`;
  if (executor.minLiveRoundsPercent > MAX_PERCENT) {
    return `min_live_rounds_percent ${executor.minLiveRoundsPercent} exceeds ${MAX_PERCENT}`;
  }
  return undefined;
}

/** What is wrong with the parameters of the transaction scheduler, or undefined. */
function txnSchedulerProblem(params: TxnSchedulerParameters): string | undefined {
  if (params.batchFlushTimeout < MIN_BATCH_FLUSH_TIMEOUT_NS) return "batch_flush_timeout is below 50 ms";
  if (params.maxBatchSize < 1n) return "max_batch_size is 0";
  if (params.maxBatchSizeBytes < MIN_MAX_BATCH_SIZE_BYTES) return "max_batch_size_bytes is below 1024";
  if (params.proposeBatchTimeout < MIN_PROPOSER_TIMEOUT_NS) return "propose_batch_timeout is below 1 s";
  if (params.batchFlushTimeout > params.proposeBatchTimeout) {
    return "batch_flush_timeout is greater than propose_batch_timeout";
  }
  return undefined;
}

/** What is wrong with the checkpoint parameters, or undefined; interval 0 switches checkpoints off. */
function storageProblem(storage: StorageParameters): string | undefined {
  if (storage.checkpointInterval === 0n) return undefined;
  if (storage.checkpointInterval < MIN_CHECKPOINT_INTERVAL) return "checkpoint_interval is below 10";
  if (storage.checkpointNumKept === 0n) return "checkpoint_num_kept is 0";
  if (storage.checkpointChunkSize < MIN_CHECKPOINT_CHUNK_SIZE_BYTES) return "checkpoint_chunk_size is below 1 MiB";
  return undefined;
}

const THRESHOLD_KINDS_OF: Readonly<Record<number, readonly number[]>> = {
  [runtimeKinds.compute]: [thresholdKinds.nodeCompute, thresholdKinds.nodeObserver],
  [runtimeKinds.keyManager]: [thresholdKinds.nodeKeyManager],
};

function stakingProblem(staking: RuntimeStakingParameters, runtimeKind: number): string | undefined {
  if (staking.rewardEquivocation > MAX_PERCENT) return `reward_equivocation ${staking.rewardEquivocation} exceeds 100`;
  if (staking.rewardBadResults > MAX_PERCENT) return `reward_bad_results ${staking.rewardBadResults} exceeds 100`;
  const allowed = THRESHOLD_KINDS_OF[runtimeKind] ?? [];
  for (const kind of staking.thresholds.keys()) {
    if (!allowed.includes(kind)) return `unsupported threshold kind ${kind} for runtime kind ${runtimeKind}`;
  }
  return undefined;
}
