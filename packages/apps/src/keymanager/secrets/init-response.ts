// What the enclave of a key manager reported when its node was registered.
// Reference: go/consensus/cometbft/apps/keymanager/secrets/status.go (VerifyExtraInfo).
import { decodeCbor, encodeCbor } from "@wadi/codec";
import { bindContext, signatureContexts } from "@wadi/crypto";
import { registry, secrets, type node as nodeTypes } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { isRefusal, refusePlain } from "../../framework/errors.ts";
import { attestationContext, isFeatureVersion261 } from "../../registry/lookup.ts";
import { parameters } from "../../registry/state.ts";
import { attestationKey } from "../runtimes.ts";

const INIT_RESPONSE_CONTEXT = bindContext(signatureContexts.keyManagerInitResponse);

/** The report of one entry of a node; refuses where the enclave or its signature does not hold. */
type VerifyResponse = (node: nodeTypes.Node, entry: nodeTypes.Runtime) => secrets.InitResponse;

function responseVerifier(ctx: Context, keyManager: registry.Runtime, quotes: registry.QuoteVerifier): VerifyResponse {
  const { teeFeatures } = parameters(ctx.state);
  const is261 = isFeatureVersion261(ctx);
  const attestations = attestationContext(ctx, quotes);
  return (node, entry) => {
    registry.verifyNodeRuntimeEnclaves(node.id, entry, keyManager, teeFeatures, is261, attestations);
    if (entry.extraInfo === null) refusePlain("the enclave reported nothing", { node: node.id });
    const key = attestationKey(entry, keyManager);
    const { initResponse, signature } = decodeCbor(secrets.SignedInitResponse, entry.extraInfo);
    const message = encodeCbor(secrets.InitResponse, initResponse);
    if (!ctx.verifier.verify(key, INIT_RESPONSE_CONTEXT, message, signature ?? new Uint8Array(0))) {
      refusePlain("invalid signature of the enclave's report", { node: node.id, key });
    }
    return initResponse;
  };
}

/** The report of one entry of a node, or undefined where the enclave or its signature does not hold. */
export function verifiedResponses(
  ctx: Context,
  keyManager: registry.Runtime,
  quotes: registry.QuoteVerifier,
): (...args: Parameters<VerifyResponse>) => secrets.InitResponse | undefined {
  const verify = responseVerifier(ctx, keyManager, quotes);
  return (node, entry) => {
    try {
      return verify(node, entry);
    } catch (e) {
      if (isRefusal(e)) return undefined;
      throw e;
    }
  };
}
