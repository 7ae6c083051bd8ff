// When in an epoch a node renews its registration: not all of them in one block.
// Reference: go/worker/registration/worker.go.
import type { beacon } from "@wadi/types";

/** Of the blocks of an epoch, the first part in which registrations are spread. */
const PERCENT_OF_EPOCH = 5n;

/**
 * How many blocks after the start of an epoch the node registers: anything below 5 % of the epoch
 * with the VRF beacon; at once with others and with epochs of less than 100 blocks.
 * `random` gives numbers from 0 to below 1.
 */
export function registrationDelay(parameters: beacon.ConsensusParameters, random: () => number): number {
  if (parameters.backend !== "vrf") return 0;
  const interval = parameters.vrfParameters?.interval ?? 0n;
  return Math.floor(random() * Number((interval / 100n) * PERCENT_OF_EPOCH));
}
