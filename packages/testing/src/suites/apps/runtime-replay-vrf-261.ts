import { runtimeReplaySuite } from "./runtime-replay.ts";

export const suite = runtimeReplaySuite("apps/runtime-replay-vrf-261");
