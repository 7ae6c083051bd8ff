// Texts of a runtime's status reports. Reference: go/worker/common/api/status.go,
// go/worker/compute/executor/api. In CBOR a status is its number, in JSON its text.

/** What a node's part in a runtime's committee waits for; the index is the number on the wire. */
export const committeeStatuses = [
  "ready",
  "waiting for consensus sync",
  "waiting for runtime registry descriptor",
  "waiting for available keymanager",
  "waiting for hosted runtime provision",
  "waiting for history reindex",
  "waiting for workers to initialize",
  "runtime suspended",
] as const;
export type CommitteeStatus = (typeof committeeStatuses)[number];

/** What an executor waits for. */
export const executorStatuses = ["ready", "waiting for runtime readiness", "waiting for trust sync"] as const;
export type ExecutorStatus = (typeof executorStatuses)[number];
