// A local network in a process of its own, from the sources.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KilledProcess } from "@wadi/consensus/testing";

import type { NetworkEvent, ProcessOptions } from "./network-event.ts";

const program = fileURLToPath(new URL("localnet-process.ts", import.meta.url));

/** Starts it; everything that is no event is in `output` of the process. */
export function startNetworkProcess(
  runtime: string,
  dataDir: string,
  options: ProcessOptions,
  onEvent: (event: NetworkEvent) => void,
): KilledProcess {
  return new KilledProcess(
    [process.execPath, "--conditions=wadi-source", program, runtime, dataDir, JSON.stringify(options)],
    {
      env: { NODE_COMPILE_CACHE: join(dataDir, "..", "compile-cache") },
      onLine: (line) => {
        if (!line.startsWith("{") || !line.endsWith("}")) return false;
        onEvent(JSON.parse(line) as NetworkEvent);
        return true;
      },
    },
  );
}
