import type { Body, BodyValue, RequestHandler, RequestType, ResponseType } from "@wadi/runtime-protocol";

const { signal } = new AbortController();

/** Asks handlers one request: gives the value of the answer, or rejects with what the handler throws. */
export function askerOf<S>(handlerOf: (services: S) => RequestHandler) {
  return async <R extends RequestType>(
    services: S,
    type: R,
    value: BodyValue<R>,
  ): Promise<BodyValue<ResponseType<R>>> => {
    // TypeScript does not see that the two belong together; the parameters say it.
    const answer = await handlerOf(services)({ type, value } as Body<RequestType>, { signal });
    return answer.value as BodyValue<ResponseType<R>>;
  };
}
