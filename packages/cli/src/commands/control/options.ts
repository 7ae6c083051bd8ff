import type { OptionTable } from "../../option-table.ts";

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
