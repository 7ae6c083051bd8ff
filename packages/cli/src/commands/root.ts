// The command tree. Only names, flags and texts are loaded with it.
import { command, type CommandNode, group } from "../command.ts";
import { createOptions, inspectOptions, verifyOptions } from "./bundle/options.ts";
import { dumpdbOptions, explainOptions, replayOptions } from "./debug/options.ts";
import { checkOptions } from "./genesis/options.ts";
import { globalOptions } from "./global-options.ts";

const genesis = group("genesis", "genesis block utilities", [
  command("check", "sanity check the genesis file", checkOptions, async () => {
    const { checkGenesisFile } = await import("./genesis/check.ts");
    return checkGenesisFile;
  }),
]);

const debug = group("debug", "debugging and auditing utilities", [
  command("replay", "execute a recorded chain and compare every block", replayOptions, async () => {
    const { replay } = await import("./debug/replay.ts");
    return replay;
  }),
  command("explain", "tell what a block or a transaction did", explainOptions, async () => {
    const { explain } = await import("./debug/explain.ts");
    return explain;
  }),
  command("dumpdb", "write the genesis document of a kept state", dumpdbOptions, async () => {
    const { dumpdb } = await import("./debug/dumpdb.ts");
    return dumpdb;
  }),
]);

const bundle = group("bundle", "runtime bundles", [
  command("create", "put a runtime into a bundle", createOptions, async () => {
    const { createBundle } = await import("./bundle/create.ts");
    return createBundle;
  }),
  command("inspect", "show what a bundle holds", inspectOptions, async () => {
    const { inspectBundle } = await import("./bundle/inspect.ts");
    return inspectBundle;
  }),
  command("verify", "check form, digests and signatures of a bundle", verifyOptions, async () => {
    const { verifyBundle } = await import("./bundle/inspect.ts");
    return verifyBundle;
  }),
]);

export const root: CommandNode = group("oasis-node", "Oasis Node", [bundle, debug, genesis], globalOptions);
