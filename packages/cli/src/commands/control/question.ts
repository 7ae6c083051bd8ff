// A question to the node's controller, and what becomes of the answer.
import { NodeController } from "@wadi/api";
import type { ClientOf } from "@wadi/rpc";

import type { Io } from "../../io.ts";
import { Logger } from "../../log.ts";
import { connected, failureText, whenAvailable, type NodeAddress } from "./connection.ts";

/** Of the log records of all control commands. */
export const MODULE = "cmd/control";

type Controller = ClientOf<(typeof NodeController)["methods"]>;

export interface Question<T> {
  readonly ask: (node: Controller) => Promise<T>;
  /** Prints the answer; the result is the exit code. */
  readonly answer: (value: T, io: Io) => number;
  /** What the log says when the call fails, and the exit code then. */
  readonly failure: string;
  readonly failureCode: number;
}

/** Asks the node; the result is the exit code. */
export async function ask<T>(to: NodeAddress & { readonly isWaiting: boolean }, io: Io, question: Question<T>) {
  const log = new Logger({ module: MODULE, output: io.stdout });
  return connected(to, log, async (connection) => {
    try {
      const node = connection.of(NodeController);
      return question.answer(await whenAvailable(() => question.ask(node), to.isWaiting), io);
    } catch (e) {
      log.error(question.failure, { err: failureText(e) });
      return question.failureCode;
    }
  });
}

/** For what is done without a word. */
export const silent = (): number => 0;
