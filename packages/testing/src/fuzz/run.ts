// Feeds mutated seeds to every decoder. A refusal must be a WadiError; a slow input or any other
// thrown value is a failure and is printed so that it can be replayed.
import { WadiError } from "@wadi/util";
import { Prng, mutate } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

/** An input that takes longer than this is taken for a hang in the making. */
const SLOW_MS = 2000;

export interface FuzzOptions {
  /** Inputs over all targets together; each target gets its share by weight. */
  readonly iterations: number;
  readonly seed: number;
  /** Only targets whose name starts so. */
  readonly prefix?: string;
  /** Called with one line per finished target. */
  readonly progress?: (line: string) => void;
}

export interface FuzzSummary {
  /** Inputs that were tried: fewer than asked for after five failures of a target. */
  readonly iterations: number;
  readonly accepted: number;
  readonly refused: number;
  /** `target: what happened: input in hex`. */
  readonly failures: readonly string[];
}

/** All targets, loaded lazily so that a run over one area loads only that one. */
const areas: Readonly<Record<string, () => Promise<{ readonly targets: readonly FuzzTarget[] }>>> = {
  codec: () => import("./codec.ts"),
  crypto: () => import("./crypto.ts"),
  types: () => import("./types.ts"),
  comet: () => import("./comet.ts"),
  engine: () => import("./engine.ts"),
  mkvs: () => import("./mkvs.ts"),
  tee: () => import("./tee.ts"),
  apps: () => import("./apps.ts"),
  rhp: () => import("./rhp.ts"),
};

interface Outcome {
  readonly accepted: boolean;
  readonly failure: string | undefined;
}

function tryInput(target: FuzzTarget, input: Uint8Array): Outcome {
  const start = performance.now();
  let accepted = true;
  let failure: string | undefined;
  try {
    target.run(input);
  } catch (e) {
    accepted = false;
    if (!(e instanceof WadiError)) failure = e instanceof Error ? (e.stack ?? e.message) : String(e);
  }
  const ms = performance.now() - start;
  if (failure === undefined && ms > SLOW_MS) failure = `took ${ms.toFixed(0)} ms`;
  return { accepted, failure };
}

/** Runs one target; the same seed gives the same inputs. */
export function fuzzTarget(target: FuzzTarget, iterations: number, seed: number): FuzzSummary {
  const prng = new Prng(seed);
  const corpus = [...target.seeds()];
  const failures: string[] = [];
  let accepted = 0;
  let refused = 0;
  let ran = 0;
  for (; ran < iterations && failures.length < 5; ran++) {
    // The seeds themselves come first, then their variations.
    const base = corpus[ran] ?? prng.pick(corpus) ?? new Uint8Array(0);
    const input = ran < corpus.length ? base : mutate(prng, base, corpus);
    const outcome = tryInput(target, input);
    if (outcome.failure !== undefined) {
      failures.push(`${target.name}: ${outcome.failure}: ${Buffer.from(input).toString("hex")}`);
    } else if (outcome.accepted) accepted++;
    else refused++;
  }
  return { iterations: ran, accepted, refused, failures };
}

/** Runs every target of every area with its share of the iterations. */
export async function fuzzAll(options: FuzzOptions): Promise<FuzzSummary> {
  const targets: FuzzTarget[] = [];
  for (const [area, load] of Object.entries(areas)) {
    const prefix = options.prefix ?? "";
    if (prefix !== "" && !prefix.startsWith(area) && !area.startsWith(prefix)) continue;
    targets.push(...(await load()).targets.filter((target) => target.name.startsWith(prefix)));
  }
  if (targets.length === 0) throw new RangeError(`no fuzz target's name starts with "${options.prefix ?? ""}"`);
  const weights = targets.reduce((sum, target) => sum + (target.weight ?? 1), 0);
  const sum = { iterations: 0, accepted: 0, refused: 0, failures: [] as string[] };
  for (const target of targets) {
    const share = Math.ceil((options.iterations * (target.weight ?? 1)) / weights);
    const summary = fuzzTarget(target, share, options.seed);
    sum.iterations += summary.iterations;
    sum.accepted += summary.accepted;
    sum.refused += summary.refused;
    sum.failures.push(...summary.failures);
    options.progress?.(
      `${target.name}: ${summary.iterations} inputs, ${summary.accepted} accepted, ${summary.failures.length} failures`,
    );
  }
  return sum;
}
