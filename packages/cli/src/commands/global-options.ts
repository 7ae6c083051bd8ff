// Flags of the program itself, which may stand before or after a command's name. The debug ones
// have no effect without `--debug.dont_blame_oasis`.
import type { OptionTable } from "../option-table.ts";

export const globalOptions = {
  dontBlameOasis: {
    kind: "boolean",
    name: "debug.dont_blame_oasis",
    text: "enable debug/unsafe/insecure options",
    hidden: true,
  },
  allowTestKeys: { kind: "boolean", name: "debug.allow_test_keys", text: "allow test keys (UNSAFE)", hidden: true },
  allowDebugEnclaves: {
    kind: "boolean",
    name: "debug.allow_debug_enclaves",
    text: "allow debug enclaves (UNSAFE)",
    hidden: true,
  },
  tcbLaxVerify: {
    kind: "boolean",
    name: "debug.tcb_lax_verify",
    text: "allow lax verification of TCB statuses (UNSAFE)",
    hidden: true,
  },
  skipQuoteVerify: {
    kind: "boolean",
    name: "debug.skip_quote_verify",
    text: "skip quote verification (UNSAFE)",
    hidden: true,
  },
} as const satisfies OptionTable;
