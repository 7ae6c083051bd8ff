// Entry of the command line. What `--version` needs is loaded at once, everything else on demand.
import type { Io } from "./io.ts";
import { versionText } from "./version.ts";

/**
 * Runs the program with the arguments after its name. Resolves with the exit code; rejects only on
 * a defect of the program.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  if (asksForVersion(argv)) {
    io.stdout.write(versionText());
    return 0;
  }
  const [{ runCommand }, { root }] = await Promise.all([import("./command.ts"), import("./commands/root.ts")]);
  return runCommand(root, argv, io);
}

/** The flag belongs to the program, so it stands before the name of any command. */
function asksForVersion(argv: readonly string[]): boolean {
  const command = argv.findIndex((argument) => !argument.startsWith("-") || argument === "--");
  const flags = command === -1 ? argv : argv.slice(0, command);
  return flags.includes("--version") || flags.includes("-v");
}
