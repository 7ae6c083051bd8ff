import { chainSuite } from "./replay.ts";

export const suite = chainSuite("workload");
