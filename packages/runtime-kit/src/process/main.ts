// A runtime's program: connects to the host that started it and serves until the host goes.
import { connect } from "node:net";
import { getAsset, getRawAsset } from "node:sea";
import { setFlagsFromString } from "node:v8";
import { isMainThread } from "node:worker_threads";
import type { ScriptSources } from "./dispatcher.ts";
import { writeLog } from "./log.ts";
import { serveHost } from "./serve.ts";

/** The scripts inside a runtime's executable. */
export function embeddedScripts(): ScriptSources {
  return {
    threadSource: getAsset("batch-thread.js", "utf8"),
    threadCode: new Uint8Array(getRawAsset("batch-thread.code")),
    runtimeSource: getAsset("runtime.js", "utf8"),
  };
}

async function serve(scripts: ScriptSources): Promise<number> {
  const path = process.env["OASIS_WORKER_HOST"];
  if (path === undefined || path === "") {
    process.stderr.write("This is a ParaTime. It is started by a node, which sets OASIS_WORKER_HOST.\n");
    return 2;
  }
  // Local time, where runtime code asks for it, is the same on all nodes.
  process.env["TZ"] = "UTC";
  try {
    await serveHost(() => connect(path), scripts, { onLoaded: keepGarbageLow });
    return 0;
  } catch (e) {
    writeLog({
      level: "error",
      message: "runtime failed",
      fields: { err: e instanceof Error ? e.message : String(e) },
    });
    return 1;
  }
}

/**
 * Lets garbage grow to half of what is live instead of up to four times as much, in all threads: a
 * runtime shares its machine with the node. Earlier V8 would refuse the code that the threads bring along.
 */
function keepGarbageLow(): void {
  // In a thread the flags are those of somebody else's process.
  if (isMainThread) setFlagsFromString("--heap-growing-percent=50");
}

/** Runs the program of a process, or of a thread that was started like one, and ends it. */
export async function runProgram(scripts: ScriptSources): Promise<never> {
  process.exit(await serve(scripts));
}
