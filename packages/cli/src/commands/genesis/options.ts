import type { OptionTable } from "../../option-table.ts";
import { debugOptions } from "../global-options.ts";

export const checkOptions = {
  ...debugOptions,
  file: {
    kind: "string",
    name: "genesis.file",
    short: "g",
    placeholder: "file",
    default: "genesis.json",
    text: "path to genesis file",
  },
} as const satisfies OptionTable;
