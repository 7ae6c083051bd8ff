// The context of transactions inside a ParaTime. Rule: oasis-sdk
// client-sdk/go/crypto/signature/context.go (RichContext.Derive).
import { utf8 } from "@wadi/util";

import { bytesOf, type Namespace } from "./brands.ts";
import { rawFullContext, type ChainContext, type FullContext } from "./context.ts";
import { hashOf } from "./hash.ts";

const SDK_TRANSACTION_CONTEXT = "oasis-runtime-sdk/tx: v0";

/** The text that stands for one ParaTime on one network: hex of H(runtime ID || chain context). */
function sdkChainContext(runtimeId: Namespace, chain: ChainContext): string {
  return hashOf(bytesOf(runtimeId), utf8(chain));
}

/** The full context of a runtime SDK transaction; `base` may be another of its contexts. */
export function sdkContext(runtimeId: Namespace, chain: ChainContext, base = SDK_TRANSACTION_CONTEXT): FullContext {
  return rawFullContext(`${base} for chain ${sdkChainContext(runtimeId, chain)}`);
}
