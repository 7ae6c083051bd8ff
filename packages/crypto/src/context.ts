// Signature contexts: what a signature is for, mixed into the signed digest so that it is worth
// nothing anywhere else. Rule: go/common/crypto/signature/signer.go (PrepareSignerContext).
//
// The reference keeps the chain context and the set of registered contexts in process-wide
// variables that may be set once. Here both are values: a context is declared as a constant, and
// `bindContext` joins it with the chain and the suffix it is used for. Two networks can live in one
// process, and there is no order of initialisation to get wrong. A full context is built once and
// kept by who signs or verifies.
import { utf8 } from "@wadi/util";

import type { Namespace } from "./brands.ts";
import { CryptoError } from "./errors.ts";

const MAX_CONTEXT_SIZE = 255;
const MAX_CHAIN_CONTEXT_SIZE = 64;
const CHAIN_SEPARATOR = " for chain ";

declare const brand: unique symbol;

/** The text that separates one network from another; normally the hex hash of its genesis document. */
export type ChainContext = string & { readonly [brand]: "ChainContext" };

/** What one kind of message is signed for. */
export interface SignatureContext {
  readonly base: string;
  /** True if signatures of one network must not be valid on another. */
  readonly chainSeparated: boolean;
  /** A part that is only known at run time; without it such a context cannot be used. */
  readonly suffix?: { readonly separator: string; readonly maxLength: number };
}

/** A context ready for use: the exact bytes that go in front of the message. */
export interface FullContext {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly [brand]: "FullContext";
}

/** Checks and brands a chain context: 1 to 64 bytes. */
export function chainContext(text: string): ChainContext {
  const size = utf8(text).length;
  if (size === 0 || size > MAX_CHAIN_CONTEXT_SIZE) throw new CryptoError("malformedContext");
  return text as ChainContext;
}

/**
 * Declares a context. Its length counts the room that chain and suffix may take; a base text that
 * contains the chain separator is refused, so that it cannot imitate a separated one.
 */
export function signatureContext(
  base: string,
  options: { readonly chainSeparated?: boolean; readonly suffix?: SignatureContext["suffix"] } = {},
): SignatureContext {
  const { chainSeparated = false, suffix } = options;
  const baseSize = utf8(base).length;
  const chainSize = chainSeparated ? CHAIN_SEPARATOR.length + MAX_CHAIN_CONTEXT_SIZE : 0;
  const suffixSize = suffix === undefined ? 0 : utf8(suffix.separator).length + suffix.maxLength;
  if (baseSize === 0 || baseSize + chainSize + suffixSize > MAX_CONTEXT_SIZE) throw new CryptoError("malformedContext");
  if (base.includes(CHAIN_SEPARATOR)) {
    throw new CryptoError("malformedContext", `signature: context must not include '${CHAIN_SEPARATOR}': '${base}'`);
  }
  return Object.freeze({ base, chainSeparated, ...(suffix === undefined ? {} : { suffix: Object.freeze(suffix) }) });
}

function fullContext(text: string): FullContext {
  return Object.freeze({ text, bytes: utf8(text) }) as FullContext;
}

/**
 * The full context: base, then the suffix, then the chain. `chain` may always be given and is used
 * where the context asks for it. Throws `noChainContext`, `noDynamicSuffix` (a suffix is needed),
 * `noSuffixConfigured` (a suffix is not allowed) or `malformedContext` (suffix too long).
 */
export function bindContext(
  context: SignatureContext,
  options: { readonly chain?: ChainContext; readonly suffix?: string } = {},
): FullContext {
  const { chain, suffix } = options;
  let text = context.base;
  if (context.suffix !== undefined) {
    if (suffix === undefined) throw new CryptoError("noDynamicSuffix");
    if (utf8(suffix).length > context.suffix.maxLength) {
      throw new CryptoError(
        "malformedContext",
        `suffix too long: signature: malformed context (max suffix length: ${context.suffix.maxLength})`,
      );
    }
    text += context.suffix.separator + suffix;
  } else if (suffix !== undefined) {
    throw new CryptoError("noSuffixConfigured");
  }
  if (context.chainSeparated) {
    if (chain === undefined) throw new CryptoError("noChainContext");
    text += CHAIN_SEPARATOR + chain;
  }
  return fullContext(text);
}

/**
 * A full context that somebody else built, as a remote signer receives it: only its length is
 * checked (1 to 255 bytes).
 */
export function rawFullContext(text: string): FullContext {
  const size = utf8(text).length;
  if (size === 0 || size > MAX_CONTEXT_SIZE) throw new CryptoError("malformedContext");
  return fullContext(text);
}

const perRuntime = { chainSeparated: true, suffix: { separator: " for runtime ", maxLength: 64 } } as const;

/** Every context of the Go node, by what it signs; the last two sign bytes of other protocols. */
export const signatureContexts = Object.freeze({
  transaction: signatureContext("oasis-core/consensus: tx", { chainSeparated: true }),
  registerEntity: signatureContext("oasis-core/registry: register entity"),
  registerNode: signatureContext("oasis-core/registry: register node"),
  executorCommitment: signatureContext("oasis-core/roothash: executor commitment", perRuntime),
  proposal: signatureContext("oasis-core/roothash: proposal", perRuntime),
  proposalBatch: signatureContext("oasis-core/roothash: proposal batch", perRuntime),
  computeResultsHeader: signatureContext("oasis-core/roothash: compute results header"),
  teeAttestation: signatureContext("oasis-core/node: TEE attestation signature"),
  componentLabels: signatureContext("oasis-core/node: attest component labels"),
  endorseTeeCapability: signatureContext("oasis-core/node: endorse TEE capability"),
  keyManagerPolicy: signatureContext("oasis-core/keymanager: policy"),
  keyManagerInitResponse: signatureContext("oasis-core/keymanager: init response"),
  encryptedMasterSecret: signatureContext("oasis-core/keymanager: encrypted master secret"),
  encryptedEphemeralSecret: signatureContext("oasis-core/keymanager: encrypted ephemeral secret"),
  churpPolicy: signatureContext("oasis-core/keymanager/churp: policy"),
  churpApplicationRequest: signatureContext("oasis-core/keymanager/churp: application request"),
  churpConfirmationRequest: signatureContext("oasis-core/keymanager/churp: confirmation request"),
  cometbft: signatureContext("oasis-core/tendermint"),
  libp2p: signatureContext("oasis-core/worker: libp2p"),
});

/** All contexts of the Go node, for checks against the registry of another implementation. */
export const registeredContexts: readonly SignatureContext[] = Object.freeze(Object.values(signatureContexts));

/** The suffix of the per-runtime contexts is the runtime ID in lower-case hex. */
export function bindRuntimeContext(context: SignatureContext, runtimeId: Namespace, chain: ChainContext): FullContext {
  return bindContext(context, { chain, suffix: runtimeId });
}
