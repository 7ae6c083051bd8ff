// Options of commands are tables: flags, help texts and the types of the values come from one place.

interface OptionBase {
  /** Long name without dashes; may hold dots. */
  readonly name: string;
  /** One letter, without the dash. */
  readonly short?: string;
  readonly text: string;
  /** Not shown in help texts. */
  readonly hidden?: boolean;
}

export interface BooleanOption extends OptionBase {
  readonly kind: "boolean";
}

export interface StringOption extends OptionBase {
  readonly kind: "string";
  /** What the value is, for help texts. */
  readonly placeholder: string;
  readonly default: string;
}

/** What stands behind the flags, by its position; unless it is optional a command without it is wrong usage. */
export interface PositionalOption extends OptionBase {
  readonly kind: "argument";
  /** Absent values are empty. */
  readonly optional?: boolean;
}

/** An option with a flag. */
export type FlagOption = BooleanOption | StringOption;

export type Option = FlagOption | PositionalOption;

/** The options of a command by the name under which it gets their values. */
export type OptionTable = Readonly<Record<string, Option>>;

/** The values of a table's options; each option has one. */
export type OptionValues<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends BooleanOption ? boolean : string;
};

/** The flags of an option as commander wants them. */
export function flagsOf(option: FlagOption): string {
  const short = option.short === undefined ? "" : `-${option.short}, `;
  const value = option.kind === "string" ? ` <${option.placeholder}>` : "";
  return `${short}--${option.name}${value}`;
}

const TRUE_TEXTS: readonly string[] = ["1", "t", "T", "true", "TRUE", "True"];
const FALSE_TEXTS: readonly string[] = ["0", "f", "F", "false", "FALSE", "False"];

/** A flag that was given a value it cannot take. */
export class InvalidFlagError extends Error {
  override readonly name = "InvalidFlagError";
}

/**
 * Rewrites what the reference accepts and commander does not: `--flag=true`, `--flag=false` for
 * booleans and `-x=value` for short flags. Everything after `--` is left alone.
 */
export function normalizeArguments(argv: readonly string[], options: readonly Option[]): string[] {
  const booleans = new Set(options.filter((option) => option.kind === "boolean").map((option) => option.name));
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
  const flags = argv.slice(0, end).flatMap((argument) => {
    const [, long = "", text = ""] = /^--([^=]+)=(.*)$/s.exec(argument) ?? [];
    if (booleans.has(long)) return booleanArgument(long, text);
    const [, short, value = ""] = /^(-[a-zA-Z])=(.*)$/s.exec(argument) ?? [];
    return short === undefined ? [argument] : [short, value];
  });
  return [...flags, ...argv.slice(end)];
}

function booleanArgument(name: string, text: string): string[] {
  if (TRUE_TEXTS.includes(text)) return [`--${name}`];
  if (FALSE_TEXTS.includes(text)) return [];
  throw new InvalidFlagError(`invalid argument "${text}" for "--${name}" flag`);
}
