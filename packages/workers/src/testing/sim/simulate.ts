// The simulator of committees from outside: a seed in, a summary out.
import { scenarioOf } from "./scenario.ts";
import { Simulation, type SimulationOptions, type SimulationSummary } from "./simulation.ts";

/** Events shown of a run that failed. */
const LAST_LINES = 20;

/** Runs what a seed stands for. The same seed gives the same run, to the last line of its trace. */
export function simulateCommittee(seed: number, options: SimulationOptions = {}): SimulationSummary {
  return new Simulation(scenarioOf(seed), options).run();
}

/** One line about a run; of a failed one also its end. */
export function committeeText(summary: SimulationSummary): string {
  const { counts, kills, seed, tail, traceHash, violation, virtualMs } = summary;
  const result = violation === undefined ? "ok" : "FAILED";
  const line = `seed ${seed}: ${result}, trace ${traceHash}, ${countsText({ ...counts, kills })}, ${virtualMs} ms`;
  if (violation === undefined) return line;
  const last = tail.slice(-LAST_LINES).map((text) => `    ${text}`);
  const again = `  again: node --conditions=wadi-source packages/workers/test/committee-soak.ts 1 ${seed}`;
  return [line, `  ${violation.message}`, "  the last events:", ...last, again].join("\n");
}

/** Numbers with their names. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}
