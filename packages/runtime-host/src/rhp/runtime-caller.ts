import type { BodyValue, CallOptions, ResponseType, RuntimeRequestType } from "@wadi/runtime-protocol";

/** Whatever answers a host's requests: one connection, several versions, or all components. */
export interface RuntimeCaller {
  /**
   * Calls and waits for the answer's content. Rejects with the runtime's error or with the errors
   * of `Endpoint.call` (@wadi/runtime-protocol).
   */
  request<R extends RuntimeRequestType>(
    type: R,
    value: BodyValue<R>,
    options?: CallOptions,
  ): Promise<BodyValue<ResponseType<R>>>;
}
