// The simulator from outside: a seed in, a summary out.
import { scenarioOf } from "./scenario.ts";
import { Simulation, type SimulationOptions, type SimulationSummary } from "./simulation.ts";

/** Events shown of a run that failed. */
const LAST_LINES = 12;

/** Runs what a seed stands for. The same seed gives the same run, to the last byte of its trace. */
export function simulate(seed: number, options: SimulationOptions = {}): SimulationSummary {
  return new Simulation(scenarioOf(seed), options).run();
}

/** One line about a run; for a failed one also how to see it again. */
export function summaryText(summary: SimulationSummary): string {
  const { seed, violation, traceHash, tail, events, virtualMs, blocks, rounds, crashes, proofs } = summary;
  const counts = `${blocks} blocks, up to ${rounds} rounds, ${crashes} stops, ${proofs} proofs, ${events} events, ${virtualMs} ms`;
  const line = `seed ${seed}: ${violation === undefined ? "ok" : "FAILED"}, trace ${traceHash}, ${counts}`;
  if (violation === undefined) return line;
  const last = tail.slice(-LAST_LINES).map((text) => `    ${text}`);
  const again = `  again: npm run simulate -- --from ${seed} --seeds 1 --trace`;
  return [line, `  ${violation.message}`, "  the last events:", ...last, again].join("\n");
}
