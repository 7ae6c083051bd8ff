export * from "./app.ts";
export { checkState } from "./checks.ts";
