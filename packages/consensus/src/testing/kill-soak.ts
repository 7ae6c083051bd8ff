// What long kill tests have in common: their arguments, a folder that stays when they fail, and the
// lines that they print.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface KillSoak {
  /** What is killed. */
  readonly name: string;
  /** Without an argument. */
  readonly kills: number;
  /** Throws at the first thing that is wrong; otherwise what there is to tell. */
  readonly run: (options: KillRunOptions) => Promise<string>;
}

export interface KillRunOptions {
  /** An empty folder. */
  readonly folder: string;
  readonly kills: number;
  readonly seed: number;
  /** No kill comes after so many milliseconds; default: all do. */
  readonly limitMs?: number;
  /** Told the number of kills so far. */
  readonly onKill?: (kills: number) => void;
}

/** The program of a soak: `[KILLS] [SEED]` are its arguments. */
export async function killSoak({ kills: usual, name, run }: KillSoak): Promise<void> {
  const kills = Number(process.argv[2] ?? usual);
  const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
  const folder = mkdtempSync(join(tmpdir(), "wadi-kill-"));
  const start = performance.now();
  let done = 0;
  try {
    const onKill = (kill: number): void => {
      done = kill;
      if (kill % 20 === 0) process.stderr.write(`${kill} kills\n`);
    };
    const text = await run({ folder, kills, seed, onKill });
    const seconds = Math.round((performance.now() - start) / 1000);
    process.stdout.write(`${name}, seed ${seed}: ok; ${text}; ${seconds} s\n`);
    rmSync(folder, { recursive: true, force: true });
  } catch (e) {
    process.stdout.write(`${name}: FAILED after ${done}, seed ${seed}, data in ${folder}\n`);
    throw e;
  }
}
