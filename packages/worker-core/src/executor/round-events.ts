// What consensus tells of a round in progress, as inputs of that round.
import type { PublicKey, roothash } from "@wadi/types";

import type { RoundInput } from "./round.ts";

/**
 * The inputs of an event of the runtime; events of other rounds give none. `rankOf` gives the rank of a
 * member of the committee in this round, undefined for one that schedules nothing.
 */
export function roundInputs(
  { executionDiscrepancy, executorCommitted }: roothash.Event,
  round: bigint,
  rankOf: (id: PublicKey) => bigint | undefined,
): readonly RoundInput[] {
  const inputs: RoundInput[] = [];
  if (executionDiscrepancy?.round === round) {
    inputs.push({ kind: "discrepancy", rank: executionDiscrepancy.rank, isAuthoritative: true });
  }
  const commitment = executorCommitted?.commit;
  if (commitment?.header.header.round !== round || commitment.nodeId !== commitment.header.schedulerId) return inputs;
  const rank = rankOf(commitment.nodeId);
  if (rank !== undefined) inputs.push({ kind: "scheduler-committed", rank });
  return inputs;
}
