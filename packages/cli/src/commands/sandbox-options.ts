import type { OptionTable } from "../option-table.ts";

/** Of commands that start a runtime on their own. */
export const sandboxOptions = {
  unconfined: {
    kind: "boolean",
    name: "unconfined",
    text: "run the runtime without the sandbox, with all rights of this user (for debugging)",
  },
  sandboxBinary: {
    kind: "string",
    name: "runtime.sandbox_binary",
    placeholder: "file",
    default: "/usr/bin/bwrap",
    text: "bubblewrap executable",
  },
} as const satisfies OptionTable;
