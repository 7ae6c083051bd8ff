// Kills a running validator at random moments and looks at what it leaves behind: every start goes
// on from it, nothing is signed twice, and the state is the one that a replay from genesis gives.
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Prng } from "@wadi/testing";
import { FollowedChain } from "../src/testing/followed-chain.ts";
import { testIdentity } from "../src/testing/identity.ts";
import { KillMoments, Work } from "../src/testing/kill-moments.ts";
import type { KillRunOptions } from "../src/testing/kill-soak.ts";
import { KilledProcess } from "../src/testing/killed-process.ts";
import { KILLED, killDocument } from "./kill-network.ts";

const program = fileURLToPath(new URL("kill-process.ts", import.meta.url));
/** A kill comes some blocks after the node's start. */
const MAX_BLOCKS = 4;

export interface KillSummary {
  readonly kills: number;
  /** Kills before the node took part. */
  readonly early: number;
  readonly blocks: number;
  /** Different messages that were signed. */
  readonly signatures: number;
  /** Starts at which applications and stores had to be brought together. */
  readonly replayed: number;
}

/** A summary for people. */
export function killText({ blocks, early, kills, replayed, signatures }: KillSummary): string {
  return (
    `${kills} kills (${early} while starting): ${blocks} blocks, ${signatures} signatures, ` +
    `none double and none missing, ${replayed} starts with a replay`
  );
}

/** Starts the validator and kills it; throws what it says if it ends by itself. */
async function runAndKill(dataDir: string, moments: KillMoments): Promise<{ wasEarly: boolean; replayed: boolean }> {
  const moment = moments.next();
  const work = new Work(moment.pieces);
  let [wasEarly, replayed] = [true, false];
  const validator = new KilledProcess([process.execPath, "--conditions=wadi-source", program, dataDir], {
    env: { NODE_COMPILE_CACHE: join(dataDir, "..", "compile-cache") },
    onLine: (line) => {
      if (line === "replayed") replayed = true;
      // A block may come first, where the log held all that its decision takes.
      if (/^(ready|block) \d+$/.test(line)) {
        wasEarly = false;
        work.count();
      }
      if (line.startsWith("ready")) moments.started(performance.now() - validator.beganMs);
      if (line.startsWith("rejected")) work.fail(new Error(`its own proposal was refused: ${line}`));
      return !line.startsWith("stopped");
    },
  });
  await validator.killAt(moment, work.done);
  await work.end();
  assert.ok(moment.isEarly || !wasEarly, `the validator did not start: ${validator.output}`);
  return { wasEarly, replayed };
}

/** Throws at the first thing that is wrong. */
export async function killValidator({ folder, kills, onKill, seed }: KillRunOptions): Promise<KillSummary> {
  const dataDir = join(folder, "data");
  const { consensus } = testIdentity(dataDir, KILLED);
  const chain = new FollowedChain(dataDir, killDocument(), consensus.publicKey);
  const moments = new KillMoments(new Prng(seed), MAX_BLOCKS);
  let [early, replayed] = [0, 0];
  for (let kill = 1; kill <= kills; kill++) {
    const run = await runAndKill(dataDir, moments);
    if (run.wasEarly) early++;
    if (run.replayed) replayed++;
    await chain.follow();
    onKill?.(kill);
  }
  return { kills, early, replayed, blocks: chain.height, signatures: chain.signatures };
}
