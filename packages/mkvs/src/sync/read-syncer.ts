import type { GetPrefixesRequest, GetRequest, IterateRequest, ProofResponse } from "./messages.ts";

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** A tree somewhere else that answers with proofs; nothing it says is trusted. */
export interface ReadSyncer {
  syncGet(request: GetRequest, options?: CallOptions): Promise<ProofResponse>;
  syncGetPrefixes(request: GetPrefixesRequest, options?: CallOptions): Promise<ProofResponse>;
  syncIterate(request: IterateRequest, options?: CallOptions): Promise<ProofResponse>;
}
