// `runtime run`: one bundle or module with a chain in memory, for those who write it.
import { createInterface } from "node:readline";

import { must } from "@wadi/util";

import type { Run } from "../../command.ts";
import { reportFailures } from "../bundle/failure.ts";
import { runConsole } from "./console.ts";
import { DeveloperChain } from "./developer-chain.ts";
import { startRuntime } from "./hosted-runtime.ts";
import type { runOptions } from "./options.ts";
import { Session } from "./session.ts";

export const runRuntime: Run<typeof runOptions> = (options, io) =>
  reportFailures(io, async () => {
    await using stack = new AsyncDisposableStack();
    let chain: DeveloperChain | undefined;
    const runtime = await startRuntime(
      {
        path: options.bundle,
        sandboxBinary: options.sandboxBinary,
        isUnconfined: options.unconfined,
        services: (runtimeId) => (chain = stack.use(new DeveloperChain(runtimeId))).services,
        output: (chunk) => io.stderr.write(Buffer.from(chunk).toString("utf8")),
      },
      stack,
    );
    const session = new Session(runtime, must(chain), io.stdout, options.sender);
    if (options.query !== "") {
      await session.query(options.query, options.args);
    } else if (options.call !== "") {
      return (await session.call(options.call, options.args)) ? 0 : 1;
    } else {
      await runConsole(session, createInterface({ input: process.stdin }), io.stdout);
    }
    return 0;
  });
