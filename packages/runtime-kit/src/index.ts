export * from "./public.ts";
export { Call, CallResult, signCall, SignedCall } from "./formats/signed-calls.ts";
