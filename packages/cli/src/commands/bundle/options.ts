import type { OptionTable } from "../../option-table.ts";

const bundle = { kind: "argument", name: "bundle", text: "bundle file (.orc)" } as const;

export const createOptions = {
  manifest: {
    kind: "string",
    name: "manifest",
    placeholder: "file",
    default: "",
    text: "manifest in JSON without digests; the files that it names lie beside it or in --files",
  },
  files: { kind: "string", name: "files", placeholder: "folder", default: "", text: "where the manifest's files are" },
  id: { kind: "string", name: "id", placeholder: "hex", default: "", text: "runtime ID, instead of a manifest" },
  name: { kind: "string", name: "name", placeholder: "text", default: "", text: "name of the runtime" },
  version: {
    kind: "string",
    name: "runtime-version",
    placeholder: "x.y.z",
    default: "",
    text: "version of the runtime",
  },
  elf: { kind: "string", name: "elf", placeholder: "file", default: "", text: "executable of the runtime" },
  entry: {
    kind: "string",
    name: "entry",
    placeholder: "main.ts",
    default: "",
    text: "module of a runtime written with the kit, instead of --elf and --runtime-version",
  },
  sgxs: { kind: "string", name: "sgxs", placeholder: "file", default: "", text: "SGX enclave of the runtime" },
  signature: {
    kind: "string",
    name: "sgx-signature",
    placeholder: "file",
    default: "",
    text: "SIGSTRUCT of the SGX enclave",
  },
  output: {
    kind: "string",
    name: "output",
    short: "o",
    placeholder: "file",
    default: "",
    text: "bundle to write; default: <manifest hash>.orc in the working directory",
  },
} as const satisfies OptionTable;

export const inspectOptions = {
  bundle,
  json: { kind: "boolean", name: "json", text: "print the manifest as JSON" },
} as const satisfies OptionTable;

export const verifyOptions = {
  bundle,
  hash: { kind: "string", name: "hash", placeholder: "hex", default: "", text: "manifest hash that it must have" },
  id: { kind: "string", name: "id", placeholder: "hex", default: "", text: "runtime that it must be for" },
} as const satisfies OptionTable;
