import { Endpoint, type ByteStream, type Timers } from "@wadi/runtime-protocol";
import { Dispatcher, type ScriptSources } from "./dispatcher.ts";
import { writeLog } from "./log.ts";

/** The clock and timers of this process. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
  nextTurn: (action) => void setImmediate(action),
};

/** Largest message in either direction, as for runtimes of the reference. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

export interface ServeOptions {
  /** Called when all threads have loaded their code. */
  readonly onLoaded?: () => void;
}

/**
 * Serves a host until it ends the connection. Connects when the runtime's code is loaded: a host
 * waits longer for a connection than for the first answer on it. Rejects if it cannot be loaded.
 */
export async function serveHost(
  open: () => ByteStream,
  sources: ScriptSources,
  { onLoaded }: ServeOptions = {},
): Promise<void> {
  await using dispatcher = new Dispatcher(sources);
  await dispatcher.start(onLoaded);
  const endpoint = new Endpoint(open(), {
    role: "guest",
    timers: systemTimers,
    limits: { receiveBytes: MAX_MESSAGE_BYTES },
    handler: (request) => dispatcher.handle(request),
    onStray: ({ problem }) => writeLog({ level: "warn", message: "message ignored", fields: { problem } }),
  });
  dispatcher.connect(endpoint);
  const reason = await endpoint.closed;
  writeLog({ level: "info", message: "connection to the host ended", fields: { reason: reason.message } });
}
