// How runtime code fails: one call, or the whole batch.

/** An error with the pair that clients test for. */
class RuntimeFailure extends Error {
  readonly module: string;
  readonly code: number;

  constructor(module: string, code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.module = module;
    this.code = code;
  }
}

/** The call fails: what it changed and emitted is undone, and the failure is its output. */
export class CallError extends RuntimeFailure {
  override readonly name: string = "CallError";
}

/** Thrown by `authenticate`: the transaction is good, but others of its sender come first. */
export class NotYetError extends CallError {
  override readonly name: string = "NotYetError";
}

/**
 * The batch cannot be computed and has no result. For what the transactions are not to blame for;
 * a failure that somebody can provoke with a transaction would stop the runtime.
 */
export class BatchError extends RuntimeFailure {
  override readonly name: string = "BatchError";
}

const MODULE = "runtime-kit";

export const ErrUnexpected = { module: MODULE, code: 1, text: "unexpected error" } as const;
export const ErrUnknownMethod = { module: MODULE, code: 2, text: "unknown method" } as const;
export const ErrMalformedArguments = { module: MODULE, code: 3, text: "malformed arguments" } as const;
export const ErrTooManyMessages = { module: MODULE, code: 4, text: "too many messages" } as const;
export const ErrMalformedTransaction = { module: MODULE, code: 5, text: "malformed transaction" } as const;
export const ErrInvalidNonce = { module: MODULE, code: 6, text: "invalid nonce" } as const;
export const ErrInvalidSignature = { module: MODULE, code: 7, text: "invalid signature" } as const;

/** A call error of the kit's own. */
export function callError(kind: { readonly module: string; readonly code: number; readonly text: string }, about = "") {
  return new CallError(kind.module, kind.code, about === "" ? kind.text : `${kind.text}: ${about}`);
}

/** Errors of the dispatcher, as the reference's runtimes report them. */
export function dispatcherError(message: string, options?: ErrorOptions): BatchError {
  return new BatchError("dispatcher", 1, message, options);
}

/** Running out of stack depends on the machine, so it must not become the result of a call. */
export function isMachineDependent(e: unknown): boolean {
  return e instanceof RangeError && /call stack/.test(e.message);
}
