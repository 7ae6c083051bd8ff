// The long tests, one after the other; each prints a summary line.
//
//   npm run soak [-- --kills N]
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { root } from "./source-files.ts";

const { values } = parseArgs({ options: { kills: { type: "string", default: "500" } } });
if (!/^[1-9][0-9]*$/.test(values.kills)) {
  process.stderr.write("soak: --kills takes a whole number from 1\n");
  process.exit(1);
}

interface Soak {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const soaks: readonly Soak[] = [
  { name: "node database, SIGKILL at random moments", command: ["packages/mkvs/test/crash-soak.ts", values.kills] },
  { name: "validator, SIGKILL at random moments", command: ["packages/consensus/test/kill-soak.ts", "200"] },
  { name: "whole network, SIGKILL under load", command: ["packages/localnet/test/kill-soak.ts", "100"] },
  { name: "whole network, signals while it starts", command: ["packages/localnet/test/signal-soak.ts", "30"] },
  {
    name: "whole network, disk full with ever other room left",
    command: ["--test", "--test-reporter=spec", "packages/cli/test/disk-full.test.ts"],
    env: { WADI_DISK_ROOMS: "16,64,400,4100,4110,4120,4140,4160,4200,4300,4500" },
  },
  { name: "whole network, a transaction without end", command: ["packages/localnet/test/loop-soak.ts"] },
  {
    name: "whole network, a thousand streams",
    command: ["--test", "--test-reporter=spec", "packages/localnet/test/crowd.test.ts"],
    env: { WADI_CROWD_SECONDS: "60" },
  },
  {
    name: "nodes that are killed while they start runtimes",
    command: ["--test", "--test-reporter=spec", "packages/runtime-host/test/orphans.test.ts"],
    env: { WADI_ORPHAN_KILLS: "60" },
  },
  { name: "committees of several nodes, simulated", command: ["packages/workers/test/committee-soak.ts", "20000"] },
  { name: "consensus applications, random transactions", command: ["packages/apps/test/fuzz-soak.ts"] },
  {
    name: "runtimes in their sandboxes: kills, restarts, random faults",
    command: ["packages/runtime-host/test/process-soak.ts"],
  },
  { name: "property tests, new seeds", command: ["scripts/property-soak.ts", "5"] },
  { name: "genesis document of 200 MB", command: ["packages/types/test/large-genesis-soak.ts"] },
];

let failed = false;
for (const { name, command, env } of soaks) {
  process.stdout.write(`== ${name}\n`);
  const result = spawnSync(process.execPath, ["--conditions=wadi-source", ...command], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (result.status !== 0) failed = true;
}
process.exitCode = failed ? 1 : 0;
