// From the text of a configuration file to a configuration.
import { LineCounter, isAlias, parseAllDocuments, type Document, type Node } from "yaml";

import { ConfigError, ValueError } from "./errors.ts";
import { substitute, type Environment } from "./substitute.ts";
import { configTable, type Config, type ParsedConfig } from "./table.ts";
import { validateConfig } from "./validate.ts";

/** Aliases in one file; a file that needs more wants to fill the memory. */
const MAX_ALIASES = 100;

/** The configuration without a file. Fails later where a file would have to say more. */
export function defaultConfig(): Config {
  return validateConfig(configTable.fallback());
}

/**
 * Reads a configuration: variables of the environment are put in, unknown keys and values of wrong
 * types are refused, all of them at once. `name` is the file's in messages. Throws ConfigError.
 */
export function parseConfig(source: string, name: string, environment: Environment): Config {
  return validateConfig(readConfig(source, name, environment));
}

function readConfig(source: string, name: string, environment: Environment): ParsedConfig {
  let text: string;
  try {
    text = substitute(source, environment);
  } catch (e) {
    if (e instanceof ValueError) throw new ConfigError(`unable to read config file '${name}': ${e.message}`);
    throw e;
  }
  const fail = (problem: string): never => {
    throw new ConfigError(`failed to load config file '${name}': ${problem}`);
  };
  const lines = new LineCounter();
  const [document] = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false, intAsBigInt: true });
  if (document === undefined || !("contents" in document) || document.contents === null) return configTable.fallback();
  const [error] = document.errors;
  if (error !== undefined) return fail(`yaml: line ${lines.linePos(error.pos[0]).line}: ${syntaxProblem(error)}`);

  const problems: string[] = [];
  const reading = { problems, lineOf: (node: Node) => lineOf(node, lines), resolve: resolver(document, fail) };
  try {
    const config = configTable.read(document.contents as Node, configTable.fallback(), reading);
    if (problems.length > 0) fail(["yaml: unmarshal errors:", ...problems.map((line) => `  ${line}`)].join("\n"));
    return config;
  } catch (e) {
    return e instanceof ValueError ? fail(e.message) : throwIt(e);
  }
}

function throwIt(e: unknown): never {
  throw e;
}

function lineOf({ range }: Node, lines: LineCounter): number {
  return lines.linePos(range?.[0] ?? 0).line;
}

function resolver(document: Document, fail: (problem: string) => never): (node: Node) => Node {
  let aliases = 0;
  return (node) => {
    if (!isAlias(node)) return node;
    if (++aliases > MAX_ALIASES) fail("yaml: document contains excessive aliasing");
    return node.resolve(document) ?? fail(`yaml: unknown anchor '${node.source}' referenced`);
  };
}

function syntaxProblem({ code, message }: { readonly code: string; readonly message: string }): string {
  if (code === "TAB_AS_INDENT") return "found a tab character that violates indentation";
  return (message.split(" at line ")[0] ?? message).split("\n")[0] ?? "";
}
