// What a batch thread begins with. The kit's script is large, and compiling it takes most of the
// time in which a thread starts: V8 can take the code that it made of it before.

/** What the loader is given beside what the thread's script takes. */
export interface LoaderData {
  /** The script of `batch-thread.ts`: a function of `require`. */
  readonly threadSource: string;
  /** What the loader reported for that script in the same Node. Code of another one is not used. */
  readonly threadCode?: Uint8Array;
  /** Whether to report what V8 made of the script. */
  readonly reportCode?: boolean;
}

/** The code of the script and of what has run of it. */
export interface CodeReport {
  readonly type: "code";
  readonly code: Uint8Array;
}

/** For a Worker with `eval`. Nothing of it stays in the realm that runtime code will share. */
export const THREAD_LOADER = `"use strict";
((require) => {
  const { Script } = require("node:vm");
  const { parentPort, workerData } = require("node:worker_threads");
  const { threadSource, threadCode, reportCode } = workerData;
  const script = new Script(threadSource, { filename: "batch-thread.js", cachedData: threadCode });
  script.runInThisContext()(require);
  if (reportCode) parentPort.postMessage({ type: "code", code: script.createCachedData() });
})(require);
`;
