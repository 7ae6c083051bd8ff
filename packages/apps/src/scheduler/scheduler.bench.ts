// Prints one JSON line per measurement: node --conditions=wadi-source src/scheduler/scheduler.bench.ts
import { benchLine, measure } from "@wadi/testing";
import { must } from "@wadi/util";

import { beaconApplication } from "../beacon/app.ts";
import { schedulerApplication } from "./app.ts";
import { largeNetwork, transitionContext } from "./testing/large-network.ts";

const size = { nodes: 500, runtimes: 6, groupSize: 30 };
const ran = `${size.nodes} nodes, ${size.runtimes} runtimes, committees of ${size.groupSize} + ${size.groupSize}`;
const quotes = {
  verifyQuote: (): never => {
    throw new Error("no runtime here has quotes");
  },
};
const beacon = must(beaconApplication().beginBlock);
const scheduler = must(schedulerApplication({ quotes }).beginBlock);

const network = largeNetwork(size);
for (const state of ["cold", "warm"] as const) {
  const ctx = transitionContext(network.copy());
  const elect = measure(() => beacon(ctx));
  benchLine({ name: `apps/beacon/transition/${state}`, unit: "ms", value: 1000 * elect.cpuSeconds, ran });
  const election = measure(() => scheduler(ctx));
  benchLine({ name: `apps/scheduler/elections/${state}`, unit: "ms", value: 1000 * election.cpuSeconds, ran });
}
