// A node that is killed while it starts components, one after the other; it records them. A component
// that is deaf never connects, and the node kills itself as soon as its process is there.
//
//   node --conditions=wadi-source packages/runtime-host/src/testing/killed-while-launching.ts RECORDS COMPONENT [deaf]
import { Worker } from "node:worker_threads";

import { LaunchRecords } from "../process/launch-records.ts";
import { SandboxedLauncher } from "../process/sandboxed-launcher.ts";
import { deafElf } from "./probe-elf.ts";
import { probeComponent } from "./sandbox.ts";

const [, , records = "", component = "", kind] = process.argv;
const launcher = new SandboxedLauncher({ records: new LaunchRecords(records) });
const files = kind === "deaf" ? await probeComponent(component, {}, deafElf()) : await probeComponent(component);
process.stdout.write("starting\n");
if (kind === "deaf") killAtSpawn();
for (;;) {
  const launched = await launcher.launch(files, { output: () => undefined });
  launched.kill();
  await launched.exited;
}

/** From a thread, as the first millisecond counts, in which this one is still at starting the process. */
function killAtSpawn(): void {
  const { pid } = process;
  const watch =
    `const { readFileSync } = require("node:fs");` +
    `while (readFileSync("/proc/${pid}/task/${pid}/children", "latin1") === "");` +
    `process.kill(${pid}, "SIGKILL");`;
  new Worker(watch, { eval: true });
}
