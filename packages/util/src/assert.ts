/** Thrown when an invariant of our own code is broken; never the caller's or a peer's fault. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Narrows on a condition that our own code guarantees. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** The value, which our own code guarantees to be there. */
export function must<T>(value: T | null | undefined, message = "value must be present"): T {
  if (value === null || value === undefined) throw new AssertionError(message);
  return value;
}
