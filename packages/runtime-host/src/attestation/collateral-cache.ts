// What was fetched from Intel, kept across restarts (go/common/sgx/pcs/cache.go).
import {
  decodeCbor,
  encodeCbor,
  isDecodeError,
  i64,
  list,
  struct,
  text,
  u32,
  type Schema,
  type TypeOf,
} from "@wadi/codec";
import { collateralNextUpdate, type TeeType } from "@wadi/tee";
import { pcs } from "@wadi/types";

/** A small persistent store; a node gives its bucket `runtime_host_sgx`. */
export interface CollateralStore {
  get(key: string): Uint8Array | undefined;
  put(key: string, value: Uint8Array): void;
}

const DAY = 86_400n;
/** Fresh collateral is not replaced earlier than this before its end. */
const REFRESH_BEFORE = 14n * DAY;

const CachedBundle = struct("pcs.tcbBundleCache", {
  bundle: pcs.TCBBundle,
  fmspc: text,
  /** Unix seconds, as all times here. */
  expectedExpiry: i64,
  lastUpdate: i64,
});
const CachedNumbers = struct("pcs.tcbEvaluationDataNumbersCache", { numbers: list(u32), lastUpdate: i64 });

/** What is in the cache, if anything, and whether to look for something newer. */
export interface Cached<T> {
  readonly value: T | undefined;
  readonly isStale: boolean;
}

const nothing = { value: undefined, isStale: true } as const;

export class CollateralCache {
  readonly #store: CollateralStore;
  readonly #unixSeconds: () => bigint;

  constructor(store: CollateralStore, unixSeconds: () => bigint) {
    this.#store = store;
    this.#unixSeconds = unixSeconds;
  }

  evaluationNumbers(teeType: TeeType): Cached<readonly number[]> {
    const cached = this.#read(`tcb_evaluation_data_numbers_cache.${teeType}`, CachedNumbers);
    if (cached === undefined) return nothing;
    return { value: cached.numbers, isStale: this.#unixSeconds() - cached.lastUpdate > DAY };
  }

  putEvaluationNumbers(teeType: TeeType, numbers: readonly number[]): void {
    const cached = { numbers, lastUpdate: this.#unixSeconds() };
    this.#store.put(`tcb_evaluation_data_numbers_cache.${teeType}`, encodeCbor(CachedNumbers, cached));
  }

  /** Fresh for long; in its last two weeks looked at daily, after its end always. */
  bundle(teeType: TeeType, fmspc: string): Cached<pcs.TCBBundle> {
    const cached = this.#read(`tcb_bundle_cache.${teeType}`, CachedBundle);
    if (cached?.fmspc !== fmspc) return nothing;
    const now = this.#unixSeconds();
    const left = cached.expectedExpiry - now;
    const isStale = left < 0n || (left < REFRESH_BEFORE && now - cached.lastUpdate > DAY);
    return { value: cached.bundle, isStale };
  }

  /** Throws where the collateral does not say when it ends. */
  putBundle(teeType: TeeType, fmspc: string, bundle: pcs.TCBBundle): void {
    const cached = { bundle, fmspc, expectedExpiry: collateralNextUpdate(bundle), lastUpdate: this.#unixSeconds() };
    this.#store.put(`tcb_bundle_cache.${teeType}`, encodeCbor(CachedBundle, cached));
  }

  /** What cannot be read counts as absent. */
  #read<S extends Schema<unknown>>(key: string, schema: S): TypeOf<S> | undefined {
    const stored = this.#store.get(key);
    if (stored === undefined) return undefined;
    try {
      return decodeCbor(schema, stored, "trusted") as TypeOf<S>;
    } catch (e) {
      if (isDecodeError(e)) return undefined;
      throw e;
    }
  }
}
