import type { OptionTable } from "../../option-table.ts";
import { configOption } from "../node/options.ts";

const address = {
  kind: "string",
  name: "address",
  short: "a",
  placeholder: "address",
  default: "unix:internal.sock",
  text: "gRPC address of the node",
} as const;

const insecure = {
  kind: "boolean",
  name: "insecure",
  short: "k",
  text: "allow connections without TLS to loopback addresses",
} as const;

/** What commands take that talk to a node. */
export const controlOptions = {
  address,
  insecure,
  wait: { kind: "boolean", name: "wait", text: "wait for the address to become available" },
} as const satisfies OptionTable;

export const shutdownOptions = {
  address,
  insecure,
  wait: { kind: "boolean", name: "wait", short: "w", text: "wait for the node to finish shutdown" },
} as const satisfies OptionTable;

export const upgradeOptions = {
  ...controlOptions,
  descriptor: { kind: "argument", name: "upgrade-descriptor", text: "file with the descriptor, as JSON" },
} as const satisfies OptionTable;

// The reference calls it a name, and takes the descriptor.
export const cancelOptions = {
  ...controlOptions,
  descriptor: {
    kind: "argument",
    name: "upgrade-descriptor",
    optional: true,
    text: "file with the descriptor, as JSON",
  },
} as const satisfies OptionTable;

export const addBundleOptions = {
  ...controlOptions,
  path: { kind: "argument", name: "path", optional: true, text: "bundle, as the node finds it" },
} as const satisfies OptionTable;

export const clearDeregisterOptions = { config: configOption } as const satisfies OptionTable;

export const runtimeStatsOptions = {
  ...controlOptions,
  runtimeId: { kind: "argument", name: "runtime-id", text: "the runtime" },
  start: { kind: "argument", name: "start-height", optional: true, text: "first height; default: the first one kept" },
  end: { kind: "argument", name: "end-height", optional: true, text: "last height; default: the latest" },
} as const satisfies OptionTable;
