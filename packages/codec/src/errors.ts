// Errors of reading and writing. The reference's decoder errors have no (module, code), so they
// travel as (`unknown`, 1) unless an application maps them to one of its own.
import { UNKNOWN_CODE, UNKNOWN_MODULE, WadiError } from "@wadi/util";

/** Input that does not decode. The message is `<path>: <what>`, or `<what>` at the top. */
export class DecodeError extends WadiError {
  override readonly name = "DecodeError";
  /** What is wrong, without the place. */
  readonly what: string;
  /** Byte offset in the input, where known. */
  readonly offset: number | undefined;
  #path = "";

  constructor(what: string, offset?: number, cause?: unknown) {
    super({ module: UNKNOWN_MODULE, code: UNKNOWN_CODE, text: what }, cause === undefined ? {} : { cause });
    this.what = what;
    this.offset = offset;
  }

  /** Where in the value, for example `registry.nodes[2].p2p.addresses`; empty at the top. */
  get path(): string {
    return this.#path;
  }

  /** Called while the error passes outwards: `segment` is a member's name on the wire, or `[key]`. */
  within(segment: string): this {
    this.#path = this.#path === "" || this.#path.startsWith("[") ? segment + this.#path : `${segment}.${this.#path}`;
    this.message = `${this.#path}: ${this.what}`;
    return this;
  }
}

/** A value that has no encoding: out of range, malformed, or without a name. A caller's mistake. */
export class EncodeError extends WadiError {
  override readonly name = "EncodeError";

  constructor(what: string) {
    super({ module: UNKNOWN_MODULE, code: UNKNOWN_CODE, text: what });
  }
}

/** True for a DecodeError of this or another copy of the package. */
export function isDecodeError(e: unknown): e is DecodeError {
  return e instanceof Error && e.name === "DecodeError" && "path" in e;
}

/**
 * Gives an error that passes a member its place. Refusals by other packages' checks become
 * DecodeErrors with the original as cause; anything else is a bug and passes unchanged.
 */
export function atMember(e: unknown, segment: string): unknown {
  if (e instanceof DecodeError) return e.within(segment);
  if (e instanceof WadiError) return new DecodeError(e.message, undefined, e).within(segment);
  return e;
}

/** Makes every refusal that leaves an entry point a DecodeError. */
export function asDecodeError(e: unknown): unknown {
  return e instanceof WadiError && !(e instanceof DecodeError) ? new DecodeError(e.message, undefined, e) : e;
}
