// The program without a command: a node in the foreground.
// Reference: go/oasis-node/cmd/node/run.go, go/oasis-node/cmd/common/common.go.
import type { Config } from "@wadi/config";
import { openDataDirectory, type NodeOptions, type RunningNode } from "@wadi/node";
import type { Logger } from "@wadi/telemetry";

import type { Run } from "../../command.ts";
import { EndSignal } from "../../end-signal.ts";
import { keepGarbageLow } from "../../heap.ts";
import type { Io } from "../../io.ts";
import { loadConfig } from "./config-file.ts";
import { isRefusal, textOf } from "./failure.ts";
import { openLog, type OpenLog } from "./log-file.ts";
import type { nodeOptions } from "./options.ts";
import { startNode } from "./start.ts";

export const runNode: Run<typeof nodeOptions> = async (flags, io) => {
  const prepared = prepare(flags.config, io);
  if (prepared === undefined) return 1;
  const { config } = prepared;
  using open = prepared.log;
  const { logging } = open;
  const log = logging.logger("oasis-node");
  using signal = new EndSignal();
  let node: RunningNode;
  try {
    const progress = process.stderr.isTTY ? progressOn(io) : {};
    node = await startNode(config, flags, logging, { ...progress, signal: signal.abortSignal });
  } catch (e) {
    // As the reference has it: whoever asked for the end is not told of what that made fail.
    if (signal.abortSignal.aborted) return 0;
    if (!isRefusal(e)) throw e;
    log.error("failed to start oasis node", { err: textOf(e) });
    return 1;
  }
  keepGarbageLow();
  const isClean = await untilEnd(node, signal, log);
  await node[Symbol.asyncDispose]();
  return isClean ? 0 : 1;
};

/** Leaving the registry takes epochs, which somebody at a terminal may wonder about. */
function progressOn({ stderr }: Io): Pick<NodeOptions, "onLeaving"> {
  return {
    onLeaving({ epoch, expiration }) {
      stderr.write(`leaving the network: epoch ${epoch}, registered until the end of epoch ${expiration}\n`);
    },
  };
}

/** Waits for what ends the node, and tells it; true unless the node failed. */
async function untilEnd(node: RunningNode, signal: EndSignal, log: Logger): Promise<boolean> {
  const reason = await Promise.race([
    signal.received,
    node.shutDownRequested.then(() => "request" as const),
    node.stopped,
  ]);
  if (reason === "request") log.info("programmatic termination requested");
  else if (typeof reason === "string") log.info("user requested termination");
  else {
    const fields = { task: "consensus", ...(reason.error === undefined ? {} : { err: textOf(reason.error) }) };
    log.warn("background task terminated, propagating", fields);
    return reason.error === undefined;
  }
  return true;
}

/** What comes before there is a log: failures are plain text. */
function prepare(path: string, io: Io): { readonly config: Config; readonly log: OpenLog } | undefined {
  try {
    const config = loadConfig(path);
    const { dataDir } = config.common;
    if (dataDir !== "") openDataDirectory(dataDir);
    return { config, log: openLog(config.common, io) };
  } catch (e) {
    if (!isRefusal(e)) throw e;
    io.stderr.write(`${textOf(e)}\n`);
    return undefined;
  }
}
