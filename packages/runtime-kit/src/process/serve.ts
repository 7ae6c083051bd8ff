import { Endpoint, type ByteStream, type Timers } from "@wadi/runtime-protocol";
import { Dispatcher, type ScriptSources } from "./dispatcher.ts";
import { writeLog } from "./log.ts";

const timers: Timers = {
  now: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Largest message in either direction, as for runtimes of the reference. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** Serves a host until it ends the connection. Rejects if the runtime's code cannot be loaded. */
export async function serveHost(stream: ByteStream, sources: ScriptSources): Promise<void> {
  await using dispatcher = new Dispatcher(sources);
  const endpoint = new Endpoint(stream, {
    role: "guest",
    timers,
    limits: { receiveBytes: MAX_MESSAGE_BYTES },
    handler: (request) => dispatcher.handle(request),
    onStray: ({ problem }) => writeLog("warn", "message ignored", { problem }),
  });
  dispatcher.connect(endpoint);
  try {
    await dispatcher.start();
  } catch (e) {
    endpoint.close();
    throw e;
  }
  const reason = await endpoint.closed;
  writeLog("info", "connection to the host ended", { reason: reason.message });
}
