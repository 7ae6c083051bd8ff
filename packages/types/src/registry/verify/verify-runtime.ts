// Verification of a runtime registration.
// Reference: oasis-core go/registry/api/api.go `VerifyRuntime`, `VerifyRegisterComputeRuntimeArgs`,
// `VerifyRuntimeNew`.
import { isTestNamespace } from "@wadi/crypto";
import { WadiError } from "@wadi/util";

import { teeHardware } from "../../node/tee.ts";
import { ErrNoSuchRuntime } from "../errors.ts";
import { governanceModels, runtimeKinds } from "../kinds.ts";
import type { ConsensusParameters } from "../parameters.ts";
import type { Runtime } from "../runtime.ts";
import { activeDeployment, verifyDeployments } from "./deployments.ts";
import type { RuntimeLookup } from "./ports.ts";
import { forbidden, invalidArgument, runtimeUpdateNotAllowed } from "./refusal.ts";
import { type RuntimeBasicOptions, verifyRuntimeBasic } from "./runtime-basic.ts";

/** Everything a runtime descriptor is judged by, apart from other runtimes. */
export interface RuntimeVerification extends RuntimeBasicOptions {
  readonly params: ConsensusParameters;
  readonly epoch: bigint;
  readonly isFeatureVersion261: boolean;
}

/** Checks a descriptor by itself against the parameters; throws the registry errors of the reference. */
export function verifyRuntime(runtime: Runtime | null, verification: RuntimeVerification): asserts runtime is Runtime {
  const { params, epoch, isFeatureVersion261 } = verification;
  if (runtime === null) throw invalidArgument("no runtime given");
  try {
    verifyRuntimeBasic(runtime, verification);
  } catch (e) {
    throw invalidArgument(e instanceof Error ? e.message : String(e), e);
  }
  if (isTestNamespace(runtime.id) && !params.debugAllowTestRuntimes) throw invalidArgument("test runtime not allowed");

  if (params.enableRuntimeGovernanceModels.size === 0) throw forbidden("no runtime governance models are enabled");
  if (params.enableRuntimeGovernanceModels.get(runtime.governanceModel) !== true) {
    throw forbidden(`runtime governance model is not enabled: ${runtime.governanceModel}`);
  }
  if (runtime.teeHardware > teeHardware.intelSGX) throw invalidArgument("invalid TEE hardware");
  verifyDeployments(runtime, epoch, params, isFeatureVersion261);
  if (runtime.governanceModel === governanceModels.runtime && runtime.kind !== runtimeKinds.compute) {
    throw invalidArgument("runtime governance can only be used with compute runtimes");
  }
}

/** Checks the key manager that a compute runtime refers to. */
export function verifyRegisterComputeRuntime(runtime: Runtime, runtimes: RuntimeLookup): void {
  if (runtime.keyManager === null) return;
  const keyManager = runtimes.anyRuntime(runtime.keyManager);
  if (keyManager === undefined) throw new WadiError(ErrNoSuchRuntime, { context: runtime.keyManager });
  if (keyManager.kind !== runtimeKinds.keyManager) throw invalidArgument("key manager is not a key manager runtime");
  if (!isTestNamespace(runtime.id) && runtime.teeHardware !== teeHardware.intelSGX) {
    throw invalidArgument("compute runtime without SGX using key manager");
  }
}

/** Refuses (registry 18) a first registration whose deployment would be in force at once. */
export function verifyRuntimeNew(
  runtime: Runtime,
  epoch: bigint,
  params: ConsensusParameters,
  mode: { readonly isGenesis: boolean },
): void {
  if (mode.isGenesis || params.debugDeployImmediately) return;
  if (activeDeployment(runtime, epoch) !== undefined) throw runtimeUpdateNotAllowed("immediate deployment");
}
