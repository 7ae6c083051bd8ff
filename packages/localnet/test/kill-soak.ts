// The kill test of a whole network with many kills:
//
//   node --conditions=wadi-source packages/localnet/test/kill-soak.ts [KILLS] [SEED]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { killNetwork, killText } from "./kill-run.ts";
import { availableProvisioner } from "./provisioner.ts";
import { sampleBundle } from "./sample-bundle.ts";

const kills = Number(process.argv[2] ?? 100);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const folder = mkdtempSync(join(tmpdir(), "wadi-network-kill-"));
const bundle = sampleBundle();
const provisioner = availableProvisioner();
const start = performance.now();
let done = 0;
try {
  const onKill = (kill: number): void => {
    done = kill;
    if (kill % 20 === 0) process.stderr.write(`${kill} kills\n`);
  };
  const summary = await killNetwork({ bundle, dataDir: join(folder, "data"), provisioner, kills, seed, onKill });
  const seconds = Math.round((performance.now() - start) / 1000);
  process.stdout.write(`network kills, seed ${seed}: ok; ${killText(summary)}, ${seconds} s\n`);
  rmSync(folder, { recursive: true, force: true });
} catch (e) {
  process.stdout.write(`network kills: FAILED at kill ${done + 1}, seed ${seed}, data in ${folder}\n`);
  throw e;
}
