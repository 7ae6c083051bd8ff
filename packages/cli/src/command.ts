// A command tree as data, and commander behind it. A command's code is loaded when it runs.
import { Command, type CommanderError, Option as CommanderOption } from "commander";

import type { Io } from "./io.ts";
import {
  flagsOf,
  InvalidFlagError,
  normalizeArguments,
  type Option,
  type OptionTable,
  type OptionValues,
} from "./option-table.ts";

/** Runs a command; the result is the exit code. */
export type Run<O extends OptionTable> = (options: OptionValues<O>, io: Io) => number | Promise<number>;

/** A node of the tree: a group of commands, or a command. */
export interface CommandNode {
  readonly name: string;
  readonly text: string;
  readonly options: OptionTable;
  readonly commands: readonly CommandNode[];
  /** Command lines, for the help text. */
  readonly examples: readonly string[];
  /** Absent for groups. The program itself may have one beside its commands. */
  readonly run: ((values: Readonly<Record<string, boolean | string>>, io: Io) => Promise<number>) | undefined;
}

/** A group of commands; its options are those that all of them take. */
export function group(
  name: string,
  text: string,
  commands: readonly CommandNode[],
  options: OptionTable = {},
): CommandNode {
  return { name, text, options, commands, examples: [], run: undefined };
}

/**
 * A command. `load` imports the module that runs it. The table names every option whose value the
 * command uses; one that a group above declares is not declared again.
 */
export function command<const O extends OptionTable>(
  name: string,
  text: string,
  options: O,
  load: () => Promise<Run<O>>,
  examples: readonly string[] = [],
): CommandNode {
  // The values come from `options` itself, see `valuesOf`.
  const run: CommandNode["run"] = async (values, io) => (await load())(values as OptionValues<O>, io);
  return { name, text, options, commands: [], examples, run };
}

/** The program: commands, and what it does when none is named. */
export function program<const O extends OptionTable>(
  name: string,
  text: string,
  commands: readonly CommandNode[],
  options: O,
  load: () => Promise<Run<O>>,
  examples: readonly string[] = [],
): CommandNode {
  return { ...command(name, text, options, load, examples), commands };
}

/** Parses the arguments and runs the command they name. Wrong usage is reported with exit code 1. */
export async function runCommand(root: CommandNode, argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const program = build(root, [root.name], io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(normalizeArguments(argv, allOptions(root)), { from: "user" });
    return exitCode;
  } catch (e) {
    if (e instanceof UsageError) {
      const { at, refusal } = e;
      const namesNoCommand = refusal.code === "commander.help" && at.parent === null && at.args.length === 0;
      if (namesNoCommand && root.run !== undefined) return root.run(valuesOf(at.opts(), [], root), io);
      return reportUsage(e, io);
    }
    if (e instanceof InvalidFlagError) {
      io.stderr.write(`Error: ${e.message}\n${usageHint(root.name)}`);
      return 1;
    }
    throw e;
  }
}

function allOptions(node: CommandNode): Option[] {
  return [...Object.values(node.options), ...node.commands.flatMap(allOptions)];
}

/** Arguments that commander refused, with the command that it was at. */
class UsageError extends Error {
  override readonly name = "UsageError";
  readonly at: Command;
  readonly path: string;
  readonly refusal: CommanderError;

  constructor(at: Command, path: string, refusal: CommanderError) {
    super(refusal.message, { cause: refusal });
    this.at = at;
    this.path = path;
    this.refusal = refusal;
  }
}

function build(
  node: CommandNode,
  path: readonly string[],
  io: Io,
  exit: (code: number) => void,
  inherited: ReadonlySet<string> = new Set(),
): Command {
  const result = new Command(node.name).description(node.text);
  result.helpCommand(node.commands.length > 0);
  result.configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: () => undefined });
  result.exitOverride((refusal) => {
    throw new UsageError(result, path.join(" "), refusal);
  });
  const own = Object.values(node.options).filter((option) => !inherited.has(option.name));
  for (const option of own) {
    if (option.kind === "argument") {
      result.argument(option.optional === true ? `[${option.name}]` : `<${option.name}>`, option.text);
      continue;
    }
    const flag = new CommanderOption(flagsOf(option), option.text);
    // An empty default is the absence of a value, which help does not show.
    if (option.kind === "string" && option.default !== "") flag.default(option.default);
    if (option.hidden === true) flag.hideHelp();
    result.addOption(flag);
  }
  const known = new Set([...inherited, ...own.map((option) => option.name)]);
  for (const child of node.commands) result.addCommand(build(child, [...path, child.name], io, exit, known));
  if (node.examples.length > 0) {
    result.addHelpText("after", ["\nExamples:", ...node.examples].join("\n  "));
  }
  if (path.length === 1)
    result.addHelpText("after", `\n${node.name} --version shows the versions of software and protocols.`);
  const { run } = node;
  // With an action commander would take the name of an unknown command for an argument.
  if (run !== undefined && node.commands.length === 0) {
    result.action(async () => exit(await run(valuesOf(result.optsWithGlobals(), result.args, node), io)));
  }
  return result;
}

/** The values by the names in the table. */
function valuesOf(
  parsed: Readonly<Record<string, unknown>>,
  positional: readonly string[],
  node: CommandNode,
): Record<string, boolean | string> {
  const values: Record<string, boolean | string> = {};
  let position = 0;
  for (const [key, option] of Object.entries(node.options)) {
    if (option.kind === "argument") {
      values[key] = positional[position++] ?? "";
      continue;
    }
    const value = parsed[new CommanderOption(flagsOf(option)).attributeName()];
    if (option.kind === "boolean") values[key] = value === true;
    else values[key] = typeof value === "string" ? value : option.default;
  }
  return values;
}

const usageHint = (path: string): string => `Run '${path} --help' for usage.\n`;

/** Texts of the reference where it is known to have them, commander's otherwise. */
function reportUsage({ at, path, refusal }: UsageError, io: Io): number {
  if (refusal.exitCode === 0) return 0;
  const [asked, ...unknown] = at.args;
  if (refusal.code === "commander.help" && asked === "help") {
    io.stderr.write(`Error: unknown help topic "${unknown.join(" ")}" for "${path}"\n${usageHint(path)}`);
    return 1;
  }
  if (refusal.code === "commander.help") {
    // A group without a command shows what there is.
    io.stdout.write(at.helpInformation());
    return 0;
  }
  const [first = "", ...rest] = refusal.message.replace(/^error: /, "").split("\n");
  const what = first
    .replace(/^unknown command '(.*)'$/s, `unknown command "$1" for "${path}"`)
    .replace(/^unknown option '(.*)'$/s, "unknown flag: $1");
  const [, suggestion] = /\(Did you mean (.*)\?\)/.exec(rest.join(" ")) ?? [];
  const hint = suggestion === undefined ? "" : `\nDid you mean this?\n\t${suggestion}\n\n`;
  io.stderr.write(`Error: ${what}\n${hint}${usageHint(path)}`);
  return 1;
}
