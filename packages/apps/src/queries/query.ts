// A query of the node's interface that reads application state: what is asked, what is answered,
// and of which height. How it is served is not known here.
import { i64Number, list, nullable, type Schema } from "@wadi/codec";
import type { PublicKey } from "@wadi/crypto";
import type { genesis, transaction } from "@wadi/types";

import type { State } from "../framework/state.ts";

/** What queries are answered from. `StateMachine` has most of it. */
export interface QueryBackend {
  readonly document: genesis.Document;
  /** The last committed height; 0 while there is none. */
  readonly lastHeight: number;
  /** The first height that is still kept. */
  readonly lastRetainedHeight: number;
  /** The state of a kept height; 0: the last. Refuses with (`consensus`, 1) or (`consensus`, 3). */
  stateAt(height: number): State;
  estimateGas(signer: PublicKey, tx: transaction.Transaction): bigint;
}

/** One question being answered. */
export interface QuerySource {
  readonly state: State;
  /** Of `state`; never 0. */
  readonly height: number;
  readonly backend: QueryBackend;
}

export interface Query<Q, A> {
  /** Undefined for methods that take nothing. */
  readonly request: Schema<Q> | undefined;
  readonly response: Schema<A>;
  /** The height that is asked for; 0 is the last one. */
  heightOf(request: Q): number;
  /** Refuses as the method does. */
  answer(source: QuerySource, request: Q): A;
}

/** Any query, for tables of them. */
export type AnyQuery = Query<unknown, unknown>;

const latest = (): number => 0;

/** A method that takes nothing and is answered from the last state. */
export function atLatest<A>(response: Schema<A>, answer: (source: QuerySource) => A): Query<undefined, A> {
  return { request: undefined, response, heightOf: latest, answer };
}

/** A method that takes something without a height and is answered from the last state. */
export function withoutHeight<Q, A>(
  request: Schema<Q>,
  response: Schema<A>,
  answer: (source: QuerySource, request: Q) => A,
): Query<Q, A> {
  return { request, response, heightOf: latest, answer };
}

/** A method that takes a bare height. */
export function byHeight<A>(response: Schema<A>, answer: (state: State, source: QuerySource) => A): Query<number, A> {
  return { request: i64Number, response, heightOf: (height) => height, answer: (at) => answer(at.state, at) };
}

/** A method that takes a height and more. */
export function byRequest<Q extends { readonly height: number }, A>(
  request: Schema<Q>,
  response: Schema<A>,
  answer: (state: State, request: Q) => A,
): Query<Q, A> {
  return { request, response, heightOf: ({ height }) => height, answer: ({ state }, asked) => answer(state, asked) };
}

/** The form of most lists in answers: null where there is nothing. */
export function listOf<T>(item: Schema<T>): Schema<readonly T[] | null> {
  return nullable(list(item));
}

/** What a list of `listOf` is answered with. */
export function listed<T>(items: readonly T[]): readonly T[] | null {
  return items.length === 0 ? null : items;
}

/** Answers a query. Refuses as the method does. */
export function answerQuery<Q, A>(query: Query<Q, A>, backend: QueryBackend, request: Q): A {
  const asked = query.heightOf(request);
  const height = asked <= 0 ? backend.lastHeight : asked;
  return query.answer({ state: backend.stateAt(asked), height, backend }, request);
}
