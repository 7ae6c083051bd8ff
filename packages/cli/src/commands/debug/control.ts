// `debug control`: what tests and people with a local network ask of a node.
// Reference: go/oasis-node/cmd/debug/control/control.go.
import { Beacon, DebugController } from "@wadi/api";
import type { RpcConnection } from "@wadi/rpc";

import type { Run } from "../../command.ts";
import type { Io } from "../../io.ts";
import { Logger } from "../../log.ts";
import { connected, failureText, whenAvailable, type NodeAddress } from "../control/connection.ts";
import { CommandFailure, reporting, wholeNumber } from "./failure.ts";
import type { setEpochOptions, waitNodesOptions } from "./options.ts";

const LATEST_HEIGHT = 0;

interface To extends NodeAddress {
  readonly wait: boolean;
}

/** Makes the calls of `body`; the log says what failed. The result is the exit code. */
function perform(to: To, io: Io, failure: string, body: (connection: RpcConnection) => Promise<void>): Promise<number> {
  const log = new Logger({ module: "cmd/debug/control", output: io.stdout });
  return connected(to, log, async (connection) => {
    try {
      await whenAvailable(() => body(connection), to.wait);
      return 0;
    } catch (e) {
      log.error(failure, { err: failureText(e) });
      return 1;
    }
  });
}

/** Begins an epoch, on networks with the mock beacon. Other than the reference it fails when that does. */
export const setEpoch: Run<typeof setEpochOptions> = ({ epoch: text, ...to }, io) =>
  reporting(io, () => {
    const wanted = wholeNumber("epoch", text);
    return perform(to, io, "failed to set epoch", async (connection) => {
      const epoch = wanted === undefined ? (await connection.of(Beacon).GetEpoch(LATEST_HEIGHT)) + 1n : BigInt(wanted);
      await connection.of(DebugController).SetEpoch(epoch);
    });
  });

export const waitNodes: Run<typeof waitNodesOptions> = ({ nodes, ...to }, io) =>
  reporting(io, () => {
    const count = wholeNumber("nodes", nodes);
    if (count === undefined) throw new CommandFailure("--nodes takes a whole number");
    return perform(to, io, "failed to wait for nodes", (connection) =>
      connection.of(DebugController).WaitNodesRegistered(count),
    );
  });
