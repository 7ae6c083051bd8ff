// Chains of certificates to a trusted root.
// Reference: Go crypto/x509 `Certificate.Verify` for a pool of one root and at most one intermediate.
import { bytesEqual } from "@wadi/util";

import { TeeError } from "../errors.ts";
import type { Moment } from "../moment.ts";
import type { Certificate } from "./certificate.ts";
import { verifyCertificateSignature } from "./signature.ts";

const KEY_CERT_SIGN = 1 << 5;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const ANY_PURPOSE = "2.5.29.37.0";
const NANOS = 1_000_000_000n;

/**
 * Checks that `leaf` is the root, or issued by it directly or through the intermediate, and that
 * every certificate of that chain holds at the time. Throws a TeeError.
 */
export function verifyChain(
  leaf: Certificate,
  intermediate: Certificate | undefined,
  root: Certificate,
  moment: Moment,
): void {
  checkValid(leaf, moment);
  const chain = findChain(leaf, intermediate, root, moment);
  if (chain === undefined) throw new TeeError("certificateAuthority");
  for (const { purposes } of chain) {
    const isUsable = purposes === undefined || purposes.includes(SERVER_AUTH) || purposes.includes(ANY_PURPOSE);
    if (!isUsable) throw new TeeError("certificateUsage");
  }
}

function findChain(
  leaf: Certificate,
  intermediate: Certificate | undefined,
  root: Certificate,
  moment: Moment,
): readonly Certificate[] | undefined {
  if (bytesEqual(leaf.raw, root.raw)) return [leaf];
  if (issues(root, [leaf], moment)) return [leaf, root];
  if (intermediate === undefined || intermediate.basicConstraints?.isCa !== true) return undefined;
  const isIssued = issues(intermediate, [leaf], moment) && issues(root, [leaf, intermediate], moment);
  return isIssued ? [leaf, intermediate, root] : undefined;
}

/** Whether an authority signed the last certificate of a chain and may stand behind it. */
function issues(authority: Certificate, chain: readonly Certificate[], moment: Moment): boolean {
  const child = chain.at(-1);
  if (child === undefined || !bytesEqual(child.issuer, authority.subject)) return false;
  if (chain.some((other) => isSame(authority, other))) return false;
  const { basicConstraints, keyUsage, publicKey } = authority;
  if (basicConstraints === undefined || !basicConstraints.isCa) return false;
  if (keyUsage !== 0 && (keyUsage & KEY_CERT_SIGN) === 0) return false;
  const { maxPathLength } = basicConstraints;
  if (maxPathLength >= 0 && chain.length - 1 > maxPathLength) return false;
  if (!verifyCertificateSignature(child.signatureAlgorithm, publicKey, child.tbs, child.signature)) return false;
  checkValid(authority, moment);
  return true;
}

/** A certificate of the same name and key does not stand in one chain twice. */
function isSame(a: Certificate, b: Certificate): boolean {
  return bytesEqual(a.subject, b.subject) && bytesEqual(a.publicKeyInfo, b.publicKeyInfo);
}

function checkValid(certificate: Certificate, moment: Moment): void {
  if (certificate.hasUnknownCritical) throw new TeeError("certificateCriticalExtension");
  const { notBefore, notAfter } = certificate;
  if (!moment.isWithin(BigInt(notBefore) * NANOS, BigInt(notAfter) * NANOS)) {
    throw new TeeError("certificateExpired");
  }
}
