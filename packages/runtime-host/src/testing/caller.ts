import type { BodyValue, ResponseType, RuntimeRequestType } from "@wadi/runtime-protocol";
import type { RuntimeCaller } from "../rhp/runtime-caller.ts";

/** A runtime that answers as a test says; the test gives each answer the type of its request. */
export function callerOf(answer: (type: string, value: unknown) => Promise<unknown>): RuntimeCaller {
  return {
    request: <R extends RuntimeRequestType>(type: R, value: BodyValue<R>) =>
      answer(type, value) as Promise<BodyValue<ResponseType<R>>>,
  };
}
