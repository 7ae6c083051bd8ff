// How rules refuse. A rule throws; the pair (module, code) of the error becomes part of the
// transaction's result and so of the next header, its text and facts are for people. Where the
// reference returns an error without a pair, the pair is (`unknown`, 1).
// Reference: go/common/errors/errors.go, go/consensus/cometbft/api/errors.go.
import { UNKNOWN_CODE, UNKNOWN_MODULE, WadiError, registerError, type ErrorKind } from "@wadi/util";

/** Plain facts about a refusal: amounts, addresses, epochs. */
export type Facts = Readonly<Record<string, unknown>>;

function options(reason: string, facts: Facts | undefined): ConstructorParameters<typeof WadiError>[1] {
  return facts === undefined ? { context: reason } : { context: reason, data: facts };
}

/** Refuses with a registered error; `reason` says which rule fired, `facts` the values it compared. */
export function refuse(kind: ErrorKind, reason: string, facts?: Facts): never {
  throw new WadiError(kind, options(reason, facts));
}

/** Refuses where the reference has an error without a pair: (`unknown`, 1). */
export function refusePlain(reason: string, facts?: Facts): never {
  const kind = { module: UNKNOWN_MODULE, code: UNKNOWN_CODE, text: reason };
  throw new WadiError(kind, facts === undefined ? {} : { data: facts });
}

/** Publishing a message that no enabled application subscribes to. Carries no pair in the reference. */
export class NoSubscribersError extends WadiError {
  override readonly name: string = "NoSubscribersError";

  constructor(kind: string) {
    super(
      { module: UNKNOWN_MODULE, code: UNKNOWN_CODE, text: "no subscribers to given message kind" },
      { context: kind },
    );
  }
}

/**
 * The block cannot be executed: an application failed in a hook, or the proposer broke a rule for
 * which the reference panics. A proposal is rejected, a node that executes a decided block stops.
 */
export class BlockFailure extends Error {
  override readonly name = "BlockFailure";

  constructor(what: string, cause?: unknown) {
    const detail = cause instanceof Error ? `${what}: ${cause.message}` : what;
    super(detail, cause === undefined ? undefined : { cause });
  }
}

const errUnavailableState = registerError("wadi/apps", 1, "unavailable or corrupted state");

/** A stored value that does not decode, or that must be there and is not. Never a result of a transaction. */
export class CorruptedStateError extends WadiError {
  override readonly name: string = "CorruptedStateError";

  constructor(what: string, cause?: unknown) {
    super(errUnavailableState, cause === undefined ? { context: what } : { context: what, cause });
  }
}

/** True for what may become the result of a transaction; storage failures and bugs may not. */
export function isRefusal(e: unknown): boolean {
  if (e instanceof AggregateError) return e.errors.every(isRefusal);
  if (!(e instanceof WadiError)) return false;
  if (e.module.startsWith("storage") || e.module.startsWith("wadi/")) return false;
  return e.cause === undefined || !(e.cause instanceof WadiError) || isRefusal(e.cause);
}

/** The text of whatever was thrown. */
export function reasonOf(e: unknown): string {
  return e instanceof Error ? e.message : String(e);
}
