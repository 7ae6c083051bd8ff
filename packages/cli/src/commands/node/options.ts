import type { OptionTable } from "../../option-table.ts";
import { globalOptions } from "../global-options.ts";

export const configOption = {
  kind: "string",
  name: "config",
  placeholder: "file",
  default: "",
  text: "config file",
} as const;

/** What the program itself takes when no command is named: it runs a node. */
export const nodeOptions = {
  ...globalOptions,
  config: configOption,
} as const satisfies OptionTable;
