// A quote with all that is needed to verify it (go/common/sgx/pcs/service.go): the collateral of its
// platform, from the cache or from Intel, of the newest evaluation under which the quote verifies.
import {
  DEFAULT_PCS_POLICY,
  Moment,
  parseQuotePrefix,
  pcsRoot,
  verifyPck,
  verifyQuote,
  type Quote,
  type TeeType,
  type TrustSwitches,
} from "@wadi/tee";
import type { pcs } from "@wadi/types";
import { toHex } from "@wadi/util";
import { type HostLog, silentLog } from "../logs/host-log.ts";
import { errorText, plainError } from "../rhp/errors.ts";
import type { CollateralCache } from "./collateral-cache.ts";
import type { CollateralClient } from "./collateral-client.ts";

export interface QuoteResolverDeps {
  readonly client: CollateralClient;
  readonly cache: CollateralCache;
  readonly trust: TrustSwitches;
  readonly unixNanos: () => bigint;
  readonly log?: HostLog;
}

/** A quote that was read, and what it is to satisfy. */
interface Resolving {
  readonly quote: Quote;
  readonly teeType: TeeType;
  readonly fmspc: string;
  readonly policy: pcs.QuotePolicy;
  readonly signal: AbortSignal | undefined;
}

export class QuoteResolver {
  readonly #deps: QuoteResolverDeps;
  readonly #log: HostLog;

  constructor(deps: QuoteResolverDeps) {
    this.#deps = deps;
    this.#log = deps.log ?? silentLog;
  }

  /**
   * Finds collateral under which the quote verifies now. Bytes behind the quote are cut off. Without
   * a policy the built-in one counts. Rejects with a TeeError and with what the service answers.
   */
  async resolve(rawQuote: Uint8Array, policy: pcs.QuotePolicy | null, signal?: AbortSignal): Promise<pcs.QuoteBundle> {
    const { quote, size } = parseQuotePrefix(rawQuote);
    const { trust, unixNanos } = this.#deps;
    const root = trust.roots?.pcs ?? pcsRoot();
    const { fmspc } = verifyPck(quote.signature.certificationData, new Moment(unixNanos()), root);
    const { teeType } = quote.header;
    const resolving = { quote, teeType, fmspc: toHex(fmspc), policy: policy ?? DEFAULT_PCS_POLICY, signal };
    return { quote: rawQuote.slice(0, size), tcb: await this.#collateral(resolving) };
  }

  async #collateral(resolving: Resolving): Promise<pcs.TCBBundle> {
    const numbers = await this.#evaluationNumbers(resolving);
    let last: unknown = plainError("failed to fetch any valid TCB bundles");
    for (const number of numbers.toSorted((a, b) => b - a)) {
      try {
        return await this.#bundle(resolving, number);
      } catch (e) {
        resolving.signal?.throwIfAborted();
        last = e;
      }
    }
    throw last;
  }

  /** The cached evaluations where newer ones cannot be had. */
  async #evaluationNumbers({ teeType, signal }: Resolving): Promise<readonly number[]> {
    const { client, cache } = this.#deps;
    const { value = [], isStale } = cache.evaluationNumbers(teeType);
    if (!isStale) return value;
    try {
      const numbers = await client.evaluationNumbers(teeType, signal);
      cache.putEvaluationNumbers(teeType, numbers);
      return numbers;
    } catch (e) {
      signal?.throwIfAborted();
      if (value.length === 0) throw e;
      this.#log.warn("error downloading TCB evaluation data numbers", { err: errorText(e) });
      return value;
    }
  }

  async #bundle(resolving: Resolving, evaluation: number): Promise<pcs.TCBBundle> {
    const { value: cached, isStale } = this.#deps.cache.bundle(resolving.teeType, resolving.fmspc);
    if (isStale) {
      try {
        return await this.#download(resolving, evaluation);
      } catch (e) {
        resolving.signal?.throwIfAborted();
        const fields = { tcb_evaluation_data_number: evaluation, err: errorText(e) };
        this.#log.warn("error downloading or verifying TCB refresh", fields);
        if (cached === undefined) throw e;
        return this.#verified(resolving, cached, "cached");
      }
    }
    try {
      if (cached !== undefined) return this.#verified(resolving, cached, "cached");
    } catch {
      // Newer collateral may know more.
    }
    return this.#download(resolving, evaluation);
  }

  async #download(resolving: Resolving, evaluation: number): Promise<pcs.TCBBundle> {
    const { teeType, fmspc, signal } = resolving;
    const fresh = await this.#deps.client.tcbBundle(teeType, fmspc, evaluation, signal);
    this.#verified(resolving, fresh, "fresh");
    try {
      this.#deps.cache.putBundle(teeType, fmspc, fresh);
    } catch (e) {
      this.#log.error("could not store new TCB bundle to cache, ignoring", { err: errorText(e) });
    }
    return fresh;
  }

  #verified({ quote, policy }: Resolving, bundle: pcs.TCBBundle, which: string): pcs.TCBBundle {
    const { trust, unixNanos } = this.#deps;
    try {
      verifyQuote(quote, bundle, policy, new Moment(unixNanos()), trust);
    } catch (e) {
      throw plainError(`quote verification failed (${which} bundle): ${errorText(e)}`, e);
    }
    return bundle;
  }
}
