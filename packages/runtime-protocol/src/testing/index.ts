export * from "./manual-timers.ts";
