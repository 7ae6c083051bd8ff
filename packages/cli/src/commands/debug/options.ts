import { controlOptions } from "../control/options.ts";
import type { OptionTable } from "../../option-table.ts";
import { globalOptions } from "../global-options.ts";

const genesisFile = {
  kind: "string",
  name: "genesis",
  short: "g",
  placeholder: "file",
  default: "genesis.json",
  text: "genesis document that the chain starts from",
} as const;

const chainFile = {
  kind: "string",
  name: "chain",
  placeholder: "file",
  default: "chain.jsonl.gz",
  text: "recorded chain: one JSON object a line for each block, plain or gzip",
} as const;

const json = { kind: "boolean", name: "json", text: "print one JSON object" } as const;

export const replayOptions = {
  ...globalOptions,
  genesisFile,
  chainFile,
  dataDir: {
    kind: "string",
    name: "data-dir",
    placeholder: "folder",
    default: "",
    text: "keep the state in this folder, and continue what is there (default: in memory)",
  },
  stopAt: { kind: "string", name: "stop-at", placeholder: "height", default: "", text: "stop after this height" },
  json,
} as const satisfies OptionTable;

export const explainOptions = {
  ...globalOptions,
  genesisFile,
  chainFile,
  height: { kind: "string", name: "height", placeholder: "height", default: "", text: "the block to explain" },
  transaction: {
    kind: "string",
    name: "tx",
    placeholder: "index",
    default: "",
    text: "only this transaction, counted from 0",
  },
  json,
} as const satisfies OptionTable;

export const dumpdbOptions = {
  ...globalOptions,
  genesisFile,
  dataDir: {
    kind: "string",
    name: "data-dir",
    placeholder: "folder",
    default: "",
    text: "folder of the state, as written by debug replay",
  },
  output: {
    kind: "string",
    name: "dump.output",
    placeholder: "file",
    default: "dump.json",
    text: "where the document is written; empty: standard output",
  },
  version: {
    kind: "string",
    name: "dump.version",
    placeholder: "height",
    default: "0",
    text: "height of the state; 0: the last one",
  },
} as const satisfies OptionTable;

const nodeFolder = {
  kind: "string",
  name: "data-dir",
  placeholder: "folder",
  default: "",
  text: "data directory of the node",
} as const;

export const exportChainOptions = {
  ...globalOptions,
  genesisFile,
  dataDir: nodeFolder,
  output: {
    kind: "string",
    name: "output",
    placeholder: "file",
    default: "chain.jsonl.gz",
    text: "where the chain is written, gzip if the name ends in .gz; empty: standard output",
  },
} as const satisfies OptionTable;

export const validatorOptions = {
  ...globalOptions,
  genesisFile,
  dataDir: nodeFolder,
  haltHeight: {
    kind: "string",
    name: "halt-height",
    placeholder: "height",
    default: "",
    text: "stop before the block of this height",
  },
  keepVersions: {
    kind: "string",
    name: "keep-versions",
    placeholder: "number",
    default: "",
    text: "prune blocks and states, and keep so many (default: keep all)",
  },
} as const satisfies OptionTable;

export const setEpochOptions = {
  ...controlOptions,
  epoch: {
    kind: "string",
    name: "epoch",
    short: "e",
    placeholder: "number",
    default: "",
    text: "epoch that begins; without it the next one",
  },
} as const satisfies OptionTable;

export const waitNodesOptions = {
  ...controlOptions,
  nodes: {
    kind: "string",
    name: "nodes",
    short: "n",
    placeholder: "number",
    default: "1",
    text: "how many nodes to wait for",
  },
} as const satisfies OptionTable;
