// What an application is to the framework. An application is one folder with the same few files:
//   keys.ts          its state keys, one table
//   state.ts         reading and writing its state, used by other applications too
//   transactions.ts  its methods (a folder where there are many)
//   block.ts         what it does in BeginBlock and EndBlock
//   messages.ts      what it does on messages of other applications
//   genesis.ts       import and export
//   queries.ts       what others ask about a state
//   app.ts           the table that joins them: one `Application`
// Reference: go/consensus/cometbft/api/app.go.
import { decodeCbor, isDecodeError } from "@wadi/codec";
import type { PublicKey } from "@wadi/crypto";
import type { genesis, transaction } from "@wadi/types";
import type { ErrorKind } from "@wadi/util";

import type { Context } from "./context.ts";
import { refuse, refusePlain } from "./errors.ts";
import type { EventKind } from "./events.ts";
import type { Subscription } from "./messages.ts";
import type { State } from "./state.ts";
import type { AnyStateKey } from "./state-key.ts";

/** Power 0 removes the validator. */
export interface ValidatorUpdate {
  readonly publicKey: PublicKey;
  readonly power: bigint;
}

/** How one method is executed. */
export interface MethodHandler {
  readonly name: string;
  /** In the mempool: higher goes first. */
  readonly priority: number;
  execute(ctx: Context, transaction: transaction.Transaction): void;
}

/** An application. Hooks that throw stop the block. */
export interface Application {
  /** Fixes the order of hooks, for instance `100_staking`. */
  readonly name: string;
  /** Name in methods, errors and genesis, for instance `staking`. */
  readonly module: string;
  readonly keys: Readonly<Record<string, AnyStateKey>>;
  readonly methods?: readonly MethodHandler[];
  readonly subscriptions?: readonly Subscription[];
  /** Kinds of events that the events root covers. */
  readonly provableEvents?: readonly EventKind<unknown>[];
  /** Where it is false the methods do not exist and messages are not delivered. Default: enabled. */
  isEnabled?(ctx: Context): boolean;
  initChain?(ctx: Context, document: genesis.Document): void;
  beginBlock?(ctx: Context): void;
  /** One application of a network may answer with changes of the validator set. */
  endBlock?(ctx: Context): readonly ValidatorUpdate[] | undefined;
  /** Its sections of the document that would start a chain from this state. */
  exportGenesis?(state: State, view: ExportView): Partial<genesis.Document>;
}

/** What a genesis export may look at beside the state. */
export interface ExportView {
  /** The document the chain started from. */
  readonly document: genesis.Document;
  readonly height: number;
  readonly epoch: bigint;
}

/** Facts of a method that its table says once. */
export interface MethodOptions {
  readonly priority: number;
  /** What a body that does not decode is refused with; default: the plain decoding error. */
  readonly invalidBody?: ErrorKind;
}

/** The handler of a method: decodes the body strictly (an absent one is the zero value), then runs. */
export function handle<T>(
  method: transaction.Method<T>,
  options: MethodOptions,
  run: (ctx: Context, body: T, transaction: transaction.Transaction) => void,
): MethodHandler {
  return {
    name: method.name,
    priority: options.priority,
    execute: (ctx, tx) => run(ctx, decodeMethodBody(method, tx.body, options.invalidBody), tx),
  };
}

/** The body of a method; for those that decode it after their first rules. */
export function decodeMethodBody<T>(method: transaction.Method<T>, body: Uint8Array | null, invalid?: ErrorKind): T {
  if (body === null) return method.body.zero();
  try {
    return decodeCbor(method.body, body);
  } catch (e) {
    if (!isDecodeError(e)) throw e;
    const reason = `malformed body of ${method.name}: ${e.message}`;
    return invalid === undefined ? refusePlain(reason) : refuse(invalid, reason);
  }
}
