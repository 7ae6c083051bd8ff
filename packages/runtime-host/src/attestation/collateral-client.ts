// Intel's service for what it knows about platforms (go/common/sgx/pcs/http.go).
import { decodeJson, list, named, struct, u32 } from "@wadi/codec";
import { teeTypes, type TeeType } from "@wadi/tee";
import { pcs } from "@wadi/types";
import { utf8 } from "@wadi/util";
import { errorText, plainError } from "../rhp/errors.ts";

const BASE_URL = "https://api.trustedservices.intel.com";
const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 4 << 20;
const CHAIN_HEADER = "TCB-Info-Issuer-Chain";

/** Where collateral comes from. */
export interface CollateralClient {
  /** What is known of platforms of this FMSPC (hex) as of an evaluation. */
  tcbBundle(teeType: TeeType, fmspc: string, evaluation: number, signal?: AbortSignal): Promise<pcs.TCBBundle>;
  /** The evaluations that there are. */
  evaluationNumbers(teeType: TeeType, signal?: AbortSignal): Promise<readonly number[]>;
}

const EvaluationNumbers = struct("pcs.TCBEvaluationDataNumbers", {
  numbers: named(
    "tcbEvalNumbers",
    list(struct("pcs.TCBEvaluationDataNumber", { number: named("tcbEvaluationDataNumber", u32) })),
  ),
});
const SignedEvaluationNumbers = struct("pcs.SignedTCBEvaluationDataNumbers", {
  numbers: named("tcbEvaluationDataNumbers", EvaluationNumbers),
});

export interface IntelCollateralOptions {
  /** Default: Intel's. */
  readonly baseUrl?: string;
}

export class IntelCollateralClient implements CollateralClient {
  readonly #baseUrl: string;

  constructor({ baseUrl = BASE_URL }: IntelCollateralOptions = {}) {
    this.#baseUrl = baseUrl;
  }

  async tcbBundle(teeType: TeeType, fmspc: string, evaluation: number, signal?: AbortSignal): Promise<pcs.TCBBundle> {
    const query = `tcbEvaluationDataNumber=${evaluation}`;
    const tcb = await this.#get(teeType, `tcb?fmspc=${fmspc}&${query}`, "TCB info", signal);
    const chain = decodeURIComponent((tcb.headers.get(CHAIN_HEADER) ?? "").replaceAll("+", " "));
    const qe = await this.#get(teeType, `qe/identity?${query}`, "QE identity", signal);
    return {
      tcbInfo: decodeJson(pcs.SignedTCBInfo, tcb.body),
      qeId: decodeJson(pcs.SignedQEIdentity, qe.body),
      certs: utf8(chain),
    };
  }

  async evaluationNumbers(teeType: TeeType, signal?: AbortSignal): Promise<readonly number[]> {
    const { body } = await this.#get(teeType, "tcbevaluationdatanumbers", "TCB evaluation data numbers", signal);
    return decodeJson(SignedEvaluationNumbers, body).numbers.numbers.map(({ number }) => number);
  }

  async #get(
    teeType: TeeType,
    path: string,
    what: string,
    signal?: AbortSignal,
  ): Promise<{ readonly headers: Headers; readonly body: Uint8Array }> {
    const tee = teeType === teeTypes.sgx ? "sgx" : "tdx";
    const limit = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(`${this.#baseUrl}/${tee}/certification/v4/${path}`, {
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw plainError(`pcs: response status error: ${response.statusText || response.status}`);
      }
      return { headers: response.headers, body: await readBody(response) };
    } catch (e) {
      signal?.throwIfAborted();
      throw plainError(`pcs: ${what} request failed: ${errorText(e)}`, e);
    }
  }
}

async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw plainError("pcs: response is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
