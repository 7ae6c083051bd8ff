// A node with a running component, to be killed: prints the component's processes and waits.
import { SandboxedLauncher } from "../process/sandboxed-launcher.ts";
import { descendants } from "./leaks.ts";
import { probeComponent } from "./sandbox.ts";
import { temporaryFolder } from "./temporary-folder.ts";

await using folder = await temporaryFolder();
const launched = await new SandboxedLauncher().launch(await probeComponent(folder.path), { output: () => undefined });
await folder[Symbol.asyncDispose]();

const tree = [launched.pid, ...descendants(launched.pid ?? 0)];
process.stdout.write(`${JSON.stringify(tree)}\n`);
await launched.exited;
