import type { OptionTable } from "../../option-table.ts";
import { sandboxOptions } from "../sandbox-options.ts";

export const runOptions = {
  bundle: {
    kind: "argument",
    name: "bundle",
    text: "bundle file (.orc), or a module of a runtime written with the kit (.ts, .js), which runs in a thread without sandbox",
  },
  call: {
    kind: "string",
    name: "call",
    placeholder: "method",
    default: "",
    text: "execute one call in a block and end, instead of reading commands",
  },
  query: { kind: "string", name: "query", placeholder: "method", default: "", text: "answer one query and end" },
  args: {
    kind: "string",
    name: "args",
    placeholder: "json",
    default: "null",
    text: 'arguments of the call or query; bytes are {"$hex": "..."}',
  },
  sender: { kind: "string", name: "sender", placeholder: "name", default: "developer", text: "sender of the calls" },
  ...sandboxOptions,
} as const satisfies OptionTable;
