export * from "./entity.ts";
