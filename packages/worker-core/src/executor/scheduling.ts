// Whether it makes sense to ask the runtime for a batch now.
// Reference: go/worker/compute/executor/committee/node.go (startSchedulingBatch).

export interface SchedulingFacts {
  /** The batch flush timeout has passed, or others wait for this node's proposal. */
  readonly force: boolean;
  /** Whether the runtime runs and schedules its batches itself. */
  readonly canSchedule: boolean;
  /** The next block of consensus begins an epoch, and ends the round with it. */
  readonly isBeforeEpoch: boolean;
  /** The pool has something that the runtime has not just left where it is. */
  readonly hasTransactions: boolean;
  /** The round before has sent messages whose results the runtime waits for. */
  readonly hasMessageResults: boolean;
  /** Messages to the runtime wait in consensus. */
  readonly hasIncomingMessages: boolean;
  /** No round has been normal yet. */
  readonly isFirst: boolean;
}

export function wantsBatch(facts: SchedulingFacts): boolean {
  if (!facts.canSchedule || facts.isBeforeEpoch) return false;
  const { force, hasIncomingMessages, hasMessageResults, hasTransactions, isFirst } = facts;
  return force || hasTransactions || hasMessageResults || hasIncomingMessages || isFirst;
}
