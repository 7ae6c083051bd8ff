// Takes back that a node leaves the registry, while it does not run.
// Reference: go/oasis-node/cmd/control/control.go (doClearDeregister).
import { statSync } from "node:fs";
import { join } from "node:path";
import { STORE_NAME, clearDeregistration } from "@wadi/node";

import type { Run } from "../../command.ts";
import { describeFileError, isSystemError } from "../../file-error.ts";
import { Logger } from "../../log.ts";
import { loadConfig } from "../node/config-file.ts";
import { isRefusal, textOf } from "../node/failure.ts";
import type { clearDeregisterOptions } from "./options.ts";
import { MODULE } from "./question.ts";

export const clearDeregister: Run<typeof clearDeregisterOptions> = async ({ config }, io) => {
  let dataDir: string;
  try {
    ({ dataDir } = loadConfig(config).common);
  } catch (e) {
    if (!isRefusal(e)) throw e;
    io.stderr.write(`${textOf(e)}\n`);
    return 1;
  }
  const log = new Logger({ module: MODULE, output: io.stdout });
  const store = join(dataDir, STORE_NAME);
  try {
    if (!statSync(store).isDirectory()) {
      log.error("persistent store directory, is not a directory");
      return 1;
    }
  } catch (e) {
    if (!isSystemError(e)) throw e;
    log.error("failed to stat persistent store directory", { err: describeFileError(e, store) });
    return 1;
  }
  try {
    await clearDeregistration(dataDir);
    return 0;
  } catch (e) {
    if (!isRefusal(e)) throw e;
    log.error("failed to open common node store", { err: textOf(e) });
    return 1;
  }
};
