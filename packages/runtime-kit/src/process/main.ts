// Entry of a runtime's executable: connects to the host that started it and serves until the host
// goes. The two scripts it runs are assets of the executable.
import { connect } from "node:net";
import { getAsset } from "node:sea";
import { writeLog } from "./log.ts";
import { serveHost } from "./serve.ts";

/** Names of the assets. */
export const assetNames = { batchThread: "batch-thread.js", runtime: "runtime.js" } as const;

async function main(): Promise<number> {
  const path = process.env["OASIS_WORKER_HOST"];
  if (path === undefined || path === "") {
    process.stderr.write("This is a ParaTime. It is started by a node, which sets OASIS_WORKER_HOST.\n");
    return 2;
  }
  const sources = {
    threadSource: getAsset(assetNames.batchThread, "utf8"),
    runtimeSource: getAsset(assetNames.runtime, "utf8"),
  };
  // Local time, where runtime code asks for it, is the same on all nodes.
  process.env["TZ"] = "UTC";
  try {
    await serveHost(() => connect(path), sources);
    return 0;
  } catch (e) {
    writeLog("error", "runtime failed", { err: e instanceof Error ? e.message : String(e) });
    return 1;
  }
}

void main().then((code) => process.exit(code));
