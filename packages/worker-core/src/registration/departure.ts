// Whether a node that is to shut down leaves the registry first.

export interface DepartureFacts {
  /** Whether it is registered, and others count on it. */
  readonly deregisters: boolean;
  /** Whether it has a block of the chain; before that nobody is registered. */
  readonly hasBlocks: boolean;
  /** Epochs, and with them the end of registrations, come with blocks: without a validator there are none. */
  readonly isOnlyValidator: boolean;
}

export type Departure =
  /** Let the registration expire, then stop. */
  | "deregister"
  /** Stop at once: nobody knows the node. */
  | "stop"
  /** Stop at once although it is registered: it could not leave. */
  | "stop-without-blocks"
  | "stop-only-validator";

export function departure({ deregisters, hasBlocks, isOnlyValidator }: DepartureFacts): Departure {
  if (!deregisters) return "stop";
  if (!hasBlocks) return "stop-without-blocks";
  return isOnlyValidator ? "stop-only-validator" : "deregister";
}
