// Announcing upgrades to a node, and taking them back. Reference: go/oasis-node/cmd/control/control.go.
import { readFileSync } from "node:fs";
import { decodeJson, isDecodeError } from "@wadi/codec";
import { ValidationError, upgrade } from "@wadi/types";

import type { Run } from "../../command.ts";
import { describeFileError, isSystemError } from "../../file-error.ts";
import { Logger } from "../../log.ts";
import type { cancelOptions, upgradeOptions } from "./options.ts";
import { MODULE, ask, silent } from "./question.ts";

export const upgradeBinary: Run<typeof upgradeOptions> = async ({ address, descriptor: path, insecure, wait }, io) => {
  const log = new Logger({ module: MODULE, output: io.stdout });
  const descriptor = readDescriptor(path, log);
  if (descriptor === undefined) return 1;
  try {
    upgrade.validateUpgradeDescriptor(descriptor);
  } catch (err) {
    if (!(err instanceof ValidationError)) throw err;
    log.error("submitted upgrade descriptor is not valid", { err });
    return 1;
  }
  return ask({ address, insecure, isWaiting: wait }, io, {
    ask: (node) => node.UpgradeBinary(descriptor),
    answer: silent,
    failure: "error while sending upgrade descriptor to the node",
    failureCode: 1,
  });
};

export const cancelUpgrade: Run<typeof cancelOptions> = async ({ address, descriptor: path, insecure, wait }, io) => {
  const log = new Logger({ module: MODULE, output: io.stdout });
  if (path === "") {
    log.error("expected descriptor path");
    return 1;
  }
  const descriptor = readDescriptor(path, log);
  if (descriptor === undefined) return 1;
  return ask({ address, insecure, isWaiting: wait }, io, {
    ask: (node) => node.CancelUpgrade(descriptor),
    answer: silent,
    failure: "failed to send upgrade cancellation request",
    failureCode: 1,
  });
};

/** Undefined after the log said why. */
function readDescriptor(path: string, log: Logger): upgrade.Descriptor | undefined {
  try {
    return decodeJson(upgrade.Descriptor, readFileSync(path));
  } catch (e) {
    if (isSystemError(e)) log.error("failed to read upgrade descriptor", { err: describeFileError(e, path) });
    else if (isDecodeError(e)) log.error("can't parse upgrade descriptor", { err: e });
    else throw e;
    return undefined;
  }
}
