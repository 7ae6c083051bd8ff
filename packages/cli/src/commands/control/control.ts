// What operators ask a running node. Texts and exit codes are the reference's.
// Reference: go/oasis-node/cmd/control/control.go.
import { Status } from "@wadi/api";
import { encodeJson } from "@wadi/codec";

import type { Run } from "../../command.ts";
import type { Io } from "../../io.ts";
import type { controlOptions, shutdownOptions } from "./options.ts";
import { ask, silent, type Question } from "./question.ts";

/** A command that asks one thing. */
function asking<T>(question: Question<T>): Run<typeof controlOptions> {
  return ({ address, insecure, wait }, io) => ask({ address, insecure, isWaiting: wait }, io, question);
}

/** Exit code of commands that could not get an answer which is an exit code itself. */
const NO_ANSWER = 128;

function yesOrNo(yes: string, no: string): (value: boolean, io: Io) => number {
  return (value, { stdout }) => {
    stdout.write(`${value ? yes : no}\n`);
    return value ? 0 : 1;
  };
}

export const status = asking({
  ask: (node) => node.GetStatus(),
  answer(value, { stdout }) {
    stdout.write(`${encodeJson(Status, value, { indent: 2 })}\n`);
    return 0;
  },
  failure: "failed to query status",
  failureCode: NO_ANSWER,
});

export const isSynced = asking({
  ask: (node) => node.IsSynced(),
  answer: yesOrNo("node completed initial syncing", "node has not completed initial syncing"),
  failure: "failed to query synced status",
  failureCode: NO_ANSWER,
});

export const waitSync = asking({
  ask: (node) => node.WaitSync(),
  answer: silent,
  failure: "failed to wait for sync status",
  failureCode: 1,
});

export const isReady = asking({
  ask: (node) => node.IsReady(),
  answer: yesOrNo("node is ready", "node is not ready"),
  failure: "failed to query ready status",
  failureCode: NO_ANSWER,
});

export const waitReady = asking({
  ask: (node) => node.WaitReady(),
  answer: silent,
  failure: "failed to wait for ready status",
  failureCode: 1,
});

/** `--wait` is for the shutdown here, not for the address. */
export const shutdown: Run<typeof shutdownOptions> = ({ address, insecure, wait }, io) =>
  ask({ address, insecure, isWaiting: false }, io, {
    ask: (node) => node.RequestShutdown(wait),
    answer: silent,
    failure: "failed to send shutdown request",
    failureCode: 1,
  });
