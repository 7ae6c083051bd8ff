import type { OptionTable } from "../../option-table.ts";
import { globalOptions } from "../global-options.ts";

export const checkOptions = {
  dontBlameOasis: globalOptions.dontBlameOasis,
  allowTestKeys: globalOptions.allowTestKeys,
  file: {
    kind: "string",
    name: "genesis.file",
    short: "g",
    placeholder: "file",
    default: "genesis.json",
    text: "path to genesis file",
  },
} as const satisfies OptionTable;
