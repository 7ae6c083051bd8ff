import { decodeCborItem, encodeCbor, type Schema } from "@wadi/codec";
import { WadiError } from "@wadi/util";
import type { Method, MethodParts, Query, QueryParts, RuntimeDefinition } from "./definition.ts";
import { BatchError, callError, ErrMalformedArguments } from "./errors.ts";

const CBOR_NULL = Uint8Array.of(0xf6);
const NOTHING = new Uint8Array(0);

/** Reads exactly one item; nothing at all stands for null. Throws a CallError. */
function decodeArgs<T>(schema: Schema<T>, args: Uint8Array): T {
  const item = args.length === 0 ? CBOR_NULL : args;
  try {
    const { value, end } = decodeCborItem(schema, item);
    if (end === item.length) return value;
  } catch (e) {
    if (!(e instanceof WadiError)) throw e;
    throw callError(ErrMalformedArguments, e.message);
  }
  throw callError(ErrMalformedArguments, "trailing bytes");
}

/** Promises would be settled after the batch, when there is no state to work on. */
function synchronous<T>(result: T): T {
  if (typeof result === "object" && result !== null && "then" in result) {
    throw new BatchError("runtime-kit", 9, "a method returned a promise; methods are synchronous");
  }
  return result;
}

/** A method with typed arguments and result. */
export function method<Args, Result>(parts: MethodParts<Args, Result>): Method {
  return {
    run(context, encoded) {
      const args = decodeArgs(parts.args, encoded);
      parts.validate?.(context, args);
      if (context.isCheck) return NOTHING;
      return encodeCbor(parts.result, synchronous(parts.call(context, args)));
    },
  };
}

/** A query with typed arguments and result. */
export function query<Args, Result>(parts: QueryParts<Args, Result>): Query {
  return {
    run: (context, args) => encodeCbor(parts.result, synchronous(parts.call(context, decodeArgs(parts.args, args)))),
  };
}

/** A runtime. A bundle's entry exports it under the name `runtime`. */
export function defineRuntime<Tx>(definition: RuntimeDefinition<Tx>): RuntimeDefinition<Tx> {
  return definition;
}
