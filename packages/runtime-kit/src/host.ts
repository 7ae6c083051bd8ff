import type { BodyValue, HostRequestType, ResponseType } from "@wadi/runtime-protocol";

/** The host as batches see it: a request returns when it is answered, and throws what went wrong. */
export interface BlockingHost {
  request<R extends HostRequestType>(type: R, value: BodyValue<R>): BodyValue<ResponseType<R>>;
}

/**
 * A host that remembers its first failure. Runtime code might catch it and go on with a result
 * that other nodes do not get, so whoever runs the code looks here afterwards.
 */
export class WatchedHost implements BlockingHost {
  readonly #inner: BlockingHost;
  #failure: { readonly error: unknown } | undefined;

  constructor(inner: BlockingHost) {
    this.#inner = inner;
  }

  request<R extends HostRequestType>(type: R, value: BodyValue<R>): BodyValue<ResponseType<R>> {
    return this.guard(() => this.#inner.request(type, value));
  }

  /** Runs what can only fail because of the host. */
  guard<T>(operation: () => T): T {
    try {
      return operation();
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }

  /** Throws the first failure, if there was one. */
  rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
