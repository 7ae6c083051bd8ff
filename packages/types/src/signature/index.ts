export * from "./proof.ts";
export * from "./signed.ts";
