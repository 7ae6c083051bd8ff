// Reference: go/oasis-node/cmd/control/control.go (doAddBundle).
import type { Run } from "../../command.ts";
import type { addBundleOptions } from "./options.ts";
import { ask, silent } from "./question.ts";

/** Without a path it fails without a word, as the reference does. */
export const addBundle: Run<typeof addBundleOptions> = async ({ address, insecure, path, wait }, io) => {
  if (path === "") return 1;
  return ask({ address, insecure, isWaiting: wait }, io, {
    ask: (node) => node.AddBundle(path),
    answer: silent,
    failure: "failed to add bundle",
    failureCode: 1,
  });
};
