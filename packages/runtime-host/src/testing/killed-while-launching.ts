// A node that is killed while it starts components, one after the other; it records them.
//
//   node --conditions=wadi-source packages/runtime-host/src/testing/killed-while-launching.ts RECORDS COMPONENT
import { LaunchRecords } from "../process/launch-records.ts";
import { SandboxedLauncher } from "../process/sandboxed-launcher.ts";
import { probeComponent } from "./sandbox.ts";

const [, , records = "", component = ""] = process.argv;
const launcher = new SandboxedLauncher({ records: new LaunchRecords(records) });
const files = await probeComponent(component);
process.stdout.write("starting\n");
for (;;) {
  const launched = await launcher.launch(files, { output: () => undefined });
  launched.kill();
  await launched.exited;
}
