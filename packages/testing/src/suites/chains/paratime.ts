import { chainSuite } from "./replay.ts";

export const suite = chainSuite("paratime");
