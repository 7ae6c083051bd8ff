// Rules for what a committee publishes.
// Reference: go/keymanager/secrets/secret.go, go/consensus/cometbft/apps/keymanager/secrets/txs.go (fetchKeys).
import type { FullContext } from "@wadi/crypto";
import { secrets, type Namespace, type PublicKey, type registry, type X25519PublicKey } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { refuse, refusePlain } from "../../framework/errors.ts";
import { attestationKeyOf, encryptionKeys, keyManagerRuntime, registeredNode } from "../runtimes.ts";
import { status } from "./state.ts";

/** Of the committee's enclaves, how many a secret must be encrypted to. */
const MIN_ENCLAVES_PERCENT = 66;

/** A key manager with its committee of this epoch. */
export interface Publisher {
  readonly keyManager: registry.Runtime;
  readonly status: secrets.Status;
}

/** The key manager that the signer belongs to; others may not publish. */
export function publisherFor(ctx: Context, id: Namespace): Publisher {
  const { state, signer } = ctx;
  const keyManager = keyManagerRuntime(state, id);
  const found = status(state, id);
  if (found === undefined) refuse(secrets.ErrNoSuchStatus, "the key manager has no status yet", { runtime: id });
  if (found.nodes?.includes(signer) !== true) {
    refusePlain("only a member of the committee may publish secrets", { signer, nodes: found.nodes });
  }
  return { keyManager, status: found };
}

/** Refuses a second publication for one epoch. */
export function requireFirstOf(epoch: bigint, last: { readonly secret: { readonly epoch: bigint } } | undefined): void {
  if (last?.secret.epoch === epoch) refusePlain("a secret for this epoch has been published already", { epoch });
}

/** Secrets are for the next epoch only. */
export function requireNextEpoch(ctx: Context, epoch: bigint): void {
  const expected = BigInt.asUintN(64, ctx.currentEpoch() + 1n);
  if (epoch !== expected) refusePlain("the secret is not for the next epoch", { epoch, expected });
}

/** The key of the signer's enclave, and those of all enclaves of the committee. */
export interface CommitteeKeys {
  readonly attestation: PublicKey;
  readonly encryption: ReadonlySet<X25519PublicKey>;
}

/** A member that is no longer registered is refused with (`registry`, 10). */
export function committeeKeys({ state, signer }: Context, { keyManager, status: { nodes } }: Publisher): CommitteeKeys {
  const attestation = attestationKeyOf(registeredNode(state, signer), keyManager);
  const members = (nodes ?? []).map((id) => registeredNode(state, id));
  return { attestation, encryption: encryptionKeys(members, keyManager) };
}

/** A secret is for enclaves of the committee only, and for most of them. */
export function requireEncryption({ ciphertexts }: secrets.EncryptedSecret, { encryption }: CommitteeKeys): void {
  if (encryption.size === 0) refusePlain("no member of the committee has an encryption key");
  for (const key of ciphertexts?.keys() ?? []) {
    if (!encryption.has(key)) refusePlain("the secret is encrypted to a key outside of the committee", { key });
  }
  const keys = ciphertexts?.size ?? 0;
  if (keys * 100 < encryption.size * MIN_ENCLAVES_PERCENT) {
    refusePlain("the secret is not encrypted to enough keys", { keys, of: encryption.size });
  }
}

export function requireSignature(
  { verifier }: Context,
  { attestation }: CommitteeKeys,
  context: FullContext,
  message: Uint8Array,
  signature: Uint8Array,
): void {
  if (!verifier.verify(attestation, context, message, signature)) {
    refusePlain("the enclave's signature of the secret is invalid", { key: attestation });
  }
}
