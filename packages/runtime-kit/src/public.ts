// What runtime code imports from the kit; batch threads provide exactly this.
export * from "./context.ts";
export * from "./definition.ts";
export { BatchError, CallError, NotYetError } from "./errors.ts";
export * from "./events.ts";
export { signedCalls, type ReadCall } from "./formats/signed-calls.ts";
export * from "./methods.ts";
export { nothing } from "./nothing.ts";
export { cell, table, type Cell, type State, type Table } from "./state/state.ts";
