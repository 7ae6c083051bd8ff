import type { OptionTable } from "../../option-table.ts";
import { sandboxOptions } from "../sandbox-options.ts";

export const localnetOptions = {
  runtime: {
    kind: "string",
    name: "runtime",
    placeholder: "bundle",
    default: "",
    text: "bundle of the ParaTime (.orc); without one the sample key-value ParaTime is built and used",
  },
  dataDir: {
    kind: "string",
    name: "data-dir",
    placeholder: "folder",
    default: "",
    text: "where the network lives between runs; without one it is forgotten at the end",
  },
  reset: { kind: "boolean", name: "reset", text: "forget what the data directory holds" },
  blockTime: {
    kind: "string",
    name: "block-time",
    placeholder: "duration",
    default: "",
    text: "time between blocks, such as 500ms; without it blocks are made as there is something for them",
  },
  epochInterval: {
    kind: "string",
    name: "epoch-interval",
    placeholder: "blocks",
    default: "",
    text: "blocks of an epoch; without it epochs begin when told",
  },
  demo: { kind: "boolean", name: "demo", text: "submit some transactions of the sample and show what they did" },
  once: { kind: "boolean", name: "once", text: "the same, and end" },
  json: { kind: "boolean", name: "json", text: "one JSON object a line, for scripts" },
  ...sandboxOptions,
  logLevel: {
    kind: "string",
    name: "log-level",
    placeholder: "level",
    default: "error",
    text: "records of the node on standard error from this level on: debug, info, warn, error",
  },
} as const satisfies OptionTable;
