// Errors that cross a wire carry (module, code), as the reference's go/common/errors does.
// The pair is what other clients test for; the text is for people, except where the
// interface fixes it (a registered error's text is part of rebuilding it from the wire).

/** A registered kind of error: the pair that identifies it everywhere, and its fixed text. */
export interface ErrorKind {
  readonly module: string;
  readonly code: number;
  readonly text: string;
}

/** What an unregistered error reports on a wire. */
export const UNKNOWN_MODULE = "unknown";
export const UNKNOWN_CODE = 1;

export interface ErrorOptions {
  /** More about this occurrence; becomes `<text>: <context>`. */
  readonly context?: string;
  readonly cause?: unknown;
  /** Plain facts for logs; never whole states or blocks. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/**
 * The base of every expected failure: bad input, a refused operation, a broken file.
 * Compare with `isError(e, kind)`, not `instanceof`, so that copies of a package agree.
 */
export class WadiError extends Error {
  override readonly name: string = "WadiError";
  readonly module: string;
  readonly code: number;
  readonly context: string | undefined;
  readonly data: Readonly<Record<string, unknown>> | undefined;

  constructor(kind: ErrorKind, options: ErrorOptions = {}) {
    const { context, cause } = options;
    super(
      context === undefined || context === "" ? kind.text : `${kind.text}: ${context}`,
      cause === undefined ? undefined : { cause },
    );
    this.module = kind.module;
    this.code = kind.code;
    this.context = context;
    this.data = options.data;
  }
}

const registry = new Map<string, ErrorKind>();

/** Declares a kind of error; a pair may be declared once, code 0 means success and is refused. */
export function registerError(module: string, code: number, text: string): ErrorKind {
  const key = `${module}\0${code}`;
  if (code === 0 || module === "") throw new RangeError(`invalid error kind (${module}, ${code})`);
  if (registry.has(key)) throw new RangeError(`error kind (${module}, ${code}) is already registered`);
  const kind = Object.freeze({ module, code, text });
  registry.set(key, kind);
  return kind;
}

/** The kind of an error that nobody registered; the reference registers it too. */
export const errUnknown = registerError(UNKNOWN_MODULE, UNKNOWN_CODE, "unknown error");

/** All registered kinds, in order of registration. */
export function registeredErrors(): readonly ErrorKind[] {
  return [...registry.values()];
}

/** The kind registered for a pair, if any. */
export function lookupError(module: string, code: number): ErrorKind | undefined {
  return registry.get(`${module}\0${code}`);
}

/** Any thrown value with a module and code, of this or another copy of the package. */
export interface CodedError extends Error {
  readonly module: string;
  readonly code: number;
}

function isCoded(e: unknown): e is CodedError {
  return (
    e instanceof Error && "module" in e && typeof e.module === "string" && "code" in e && typeof e.code === "number"
  );
}

/** The first error with a registered pair, searching `cause` and joined errors depth first. */
export function findCoded(e: unknown): CodedError | undefined {
  return search(e, ({ code, module }) => module !== UNKNOWN_MODULE || code !== UNKNOWN_CODE);
}

function search(e: unknown, accepts: (error: CodedError) => boolean, depth = 0): CodedError | undefined {
  if (depth > 32) return undefined;
  if (isCoded(e) && accepts(e)) return e;
  if (e instanceof AggregateError) {
    for (const inner of e.errors) {
      const found = search(inner, accepts, depth + 1);
      if (found) return found;
    }
  }
  return e instanceof Error && e.cause !== undefined ? search(e.cause, accepts, depth + 1) : undefined;
}

/** True if the first coded error found in `e` is of this kind. */
export function isError(e: unknown, kind: ErrorKind): boolean {
  const found = findCoded(e);
  return found !== undefined && found.module === kind.module && found.code === kind.code;
}

/** Modules whose errors the reference does not number: on a wire they are unregistered, as they are there. */
const UNNUMBERED_MODULES = /^(wadi|cometbft)\/|^unknown$/;

/** The pair and text to put on a wire; an error that the reference does not number reports (`unknown`, 1). */
export function errorToWire(e: unknown): { module: string; code: number; message: string } {
  const message = e instanceof Error ? e.message : String(e);
  const found = search(e, ({ module }) => !UNNUMBERED_MODULES.test(module));
  return found
    ? { module: found.module, code: found.code, message }
    : { module: UNKNOWN_MODULE, code: UNKNOWN_CODE, message };
}

/** Rebuilds an error from the wire (go/common/errors `FromCode`). */
export function errorFromWire(module: string, code: number, message: string): WadiError {
  const kind = lookupError(module, code);
  if (kind === undefined || kind === errUnknown) return new WadiError({ module, code, text: message });
  if (message === kind.text) return new WadiError(kind);
  const prefix = `${kind.text}: `;
  return new WadiError(kind, {
    context: message.startsWith(prefix) ? message.slice(prefix.length) : message,
  });
}
