// Flags that every command takes. The debug ones have no effect without `--debug.dont_blame_oasis`.
import type { OptionTable } from "../option-table.ts";

export const debugOptions = {
  dontBlameOasis: {
    kind: "boolean",
    name: "debug.dont_blame_oasis",
    text: "enable debug/unsafe/insecure options",
    hidden: true,
  },
  allowTestKeys: { kind: "boolean", name: "debug.allow_test_keys", text: "allow test keys (UNSAFE)", hidden: true },
} as const satisfies OptionTable;
