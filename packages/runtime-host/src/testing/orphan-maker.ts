// A node with a running component, to be killed: prints the component's processes and waits.
import { readdirSync, readFileSync } from "node:fs";

import { SandboxedLauncher } from "../process/sandboxed-launcher.ts";
import { probeComponent } from "./sandbox.ts";
import { temporaryFolder } from "./temporary-folder.ts";

await using folder = await temporaryFolder();
const launched = await new SandboxedLauncher().launch(await probeComponent(folder.path), { output: () => undefined });
await folder[Symbol.asyncDispose]();

const parents = new Map<number, number>();
for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
  try {
    const [, parent] = /\) \S (\d+) /.exec(readFileSync(`/proc/${name}/stat`, "utf8")) ?? [];
    parents.set(Number(name), Number(parent));
  } catch {
    // It ended in between.
  }
}
const tree = [launched.pid ?? 0];
for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child);
process.stdout.write(`${JSON.stringify(tree)}\n`);
await launched.exited;
