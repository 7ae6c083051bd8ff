// The command tree. Only names, flags and texts are loaded with it.
import { command, type CommandNode, group } from "../command.ts";
import { checkOptions } from "./genesis/options.ts";
import { globalOptions } from "./global-options.ts";

const genesis = group("genesis", "genesis block utilities", [
  command("check", "sanity check the genesis file", checkOptions, async () => {
    const { checkGenesisFile } = await import("./genesis/check.ts");
    return checkGenesisFile;
  }),
]);

export const root: CommandNode = group("oasis-node", "Oasis Node", [genesis], globalOptions);
