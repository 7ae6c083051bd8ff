// Environment variables in the text of a configuration file, comments included.
import { ValueError } from "./errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;

/**
 * Puts in `$VAR`, `${VAR}`, and with a default or an alternative `${VAR-d}`, `${VAR:-d}`,
 * `${VAR=d}`, `${VAR:=d}`, `${VAR+o}`, `${VAR:+o}`; `$$` is a dollar. What is not set is empty.
 * Throws ValueError for a brace that is not closed.
 */
export function substitute(text: string, environment: Environment): string {
  let out = "";
  let rest = text;
  for (;;) {
    const dollar = rest.indexOf("$");
    if (dollar === -1) return out + rest;
    out += rest.slice(0, dollar);
    rest = rest.slice(dollar + 1);
    if (rest.startsWith("$")) {
      out += "$";
      rest = rest.slice(1);
    } else if (rest.startsWith("{")) {
      const end = closingBrace(rest);
      out += expand(rest.slice(1, end), environment);
      rest = rest.slice(end + 1);
    } else {
      const [name] = NAME.exec(rest) ?? [];
      out += name === undefined ? "$" : (environment[name] ?? "");
      rest = rest.slice(name?.length ?? 0);
    }
  }
}

/** Where the brace at the start is closed. A name's brace must be closed in its line. */
function closingBrace(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "{") depth++;
    if (text[i] === "}" && --depth === 0) return i;
    if (text[i] === "\n") break;
  }
  throw new ValueError("closing brace expected");
}

function expand(expression: string, environment: Environment): string {
  const [name = ""] = NAME.exec(expression) ?? [];
  const value = environment[name];
  const [, operator = "", word = ""] = /^(:?[-=+])([\s\S]*)$/.exec(expression.slice(name.length)) ?? [];
  const isThere = operator.startsWith(":") ? value !== undefined && value !== "" : value !== undefined;
  const other = (): string => substitute(word, environment);
  switch (operator.at(-1)) {
    case "+":
      return isThere ? other() : "";
    case "-":
    case "=":
      return isThere ? (value ?? "") : other();
    default:
      return value ?? "";
  }
}
