// Reference: oasis-core go/beacon/api/sanity_check.go.
import type { ConsensusParameters, Genesis } from "../../beacon/beacon.ts";
import { EPOCH_INVALID } from "../../scalars/epoch.ts";
import type { SanityContext } from "./options.ts";
import { type ProblemFactory, problemsOf, UNSAFE_FLAGS } from "./problem.ts";

const problem = problemsOf("beacon: sanity check failed", "beacon");

export function checkBeacon(genesis: Genesis, context: SanityContext): void {
  checkBeaconParameters(genesis.params, context, problemsOf("beacon: sanity check failed", "beacon.params"));
  if (genesis.base === EPOCH_INVALID) throw problem("base", `base ${genesis.base} is not a valid epoch`);
}

/** The rules of the parameters alone. */
function checkBeaconParameters(
  params: ConsensusParameters,
  { dontBlameOasis }: Pick<SanityContext, "dontBlameOasis">,
  fail: ProblemFactory,
): void {
  switch (params.backend) {
    case "insecure":
      checkInsecure(params, fail);
      break;
    case "vrf":
      checkVrf(params, fail);
      break;
    default:
      throw fail("backend", `unknown backend: '${params.backend}'`);
  }
  if (params.debugMockBackend && !dontBlameOasis) throw fail("debug_mock_backend", UNSAFE_FLAGS);
}

function checkInsecure(params: ConsensusParameters, fail: ProblemFactory): void {
  const insecure = params.insecureParameters;
  if (insecure === null) throw fail("insecure_parameters", "insecure backend not configured");
  if (insecure.interval <= 0n && !params.debugMockBackend) {
    throw fail("insecure_parameters.interval", `interval must be > 0, is ${insecure.interval}`);
  }
}

function checkVrf(params: ConsensusParameters, fail: ProblemFactory): void {
  const vrf = params.vrfParameters;
  if (vrf === null) throw fail("vrf_parameters", "VRF backend not configured");
  if (vrf.alphaHqThreshold === 0n) {
    throw fail("vrf_parameters.alpha_hq_threshold", "alpha_hq_threshold must be > 0, is 0");
  }
  if (vrf.interval <= 0n) throw fail("vrf_parameters.interval", `interval must be > 0, is ${vrf.interval}`);
  if (vrf.proofDelay <= 0n) throw fail("vrf_parameters.proof_delay", `proof_delay must be > 0, is ${vrf.proofDelay}`);
  if (vrf.proofDelay >= vrf.interval) {
    throw fail("vrf_parameters.proof_delay", `proof_delay ${vrf.proofDelay} must be < interval ${vrf.interval}`);
  }
}
