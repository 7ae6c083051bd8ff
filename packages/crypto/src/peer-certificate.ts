// Who is on the other side of a TLS connection: no certificate authorities, the peer's key is
// known beforehand and its certificate must follow the template. Rule:
// go/common/crypto/tls/verify.go. One difference on purpose: any critical extension beyond the
// template's is refused, where the reference lets through those its X.509 library understands.
import { publicKeyText, type PublicKey } from "./brands.ts";
import { TEMPLATE_KEY_USAGE, certificateOids, parseCertificate, type Certificate } from "./certificate.ts";
import { formatUnix } from "./civil-time.ts";
import { verifyEd25519 } from "./ed25519.ts";
import { CryptoError } from "./errors.ts";

export interface PeerCertificateOptions {
  readonly commonName: string;
  /** The keys a peer may have. */
  readonly keys?: ReadonlySet<PublicKey>;
  /** Takes any key, if no `keys` are given. */
  readonly allowUnknownKeys?: boolean;
  /** Takes a peer without certificate, for who controls access by other means. */
  readonly allowNoCertificate?: boolean;
}

const PURPOSES: readonly string[] = [certificateOids.serverAuth, certificateOids.clientAuth];

function fail(reason: string): never {
  throw new CryptoError("tls", `tls: ${reason}`);
}

/**
 * Throws a `tls` (or, for bytes that are no certificate, `der`) error unless the certificates a
 * peer presented, in DER, are acceptable at `nowSeconds`. Returns the peer's key, undefined if it
 * was allowed to present none.
 */
export function verifyPeerCertificates(
  certificates: readonly Uint8Array[],
  options: PeerCertificateOptions,
  nowSeconds: number,
): PublicKey | undefined {
  if (certificates.length === 0 && options.allowNoCertificate === true) return undefined;
  const [only] = certificates;
  if (certificates.length !== 1 || only === undefined) {
    fail(`expecting a single certificate (got: ${certificates.length})`);
  }
  const certificate = parseCertificate(only);
  const key = checkKey(certificate, options);
  checkTemplate(certificate, options.commonName);
  checkDates(certificate, nowSeconds);
  if (!verifyEd25519(key, certificate.tbs, certificate.signature)) fail("bad signature");
  return key;
}

function checkKey(certificate: Certificate, options: PeerCertificateOptions): PublicKey {
  const key = certificate.publicKey;
  if (key === undefined) fail("bad public key algorithm (expected: Ed25519)");
  const pinned = options.allowUnknownKeys !== true || options.keys !== undefined;
  if (pinned && options.keys?.has(key) !== true) fail(`bad public key (${publicKeyText(key)})`);
  return key;
}

function checkTemplate(certificate: Certificate, commonName: string): void {
  if (certificate.commonName !== commonName) {
    fail(`bad common name (expected: ${commonName} got: ${certificate.commonName})`);
  }
  if (certificate.serial.length !== 1 || certificate.serial[0] !== 1) fail("bad serial number (expected: 1)");
  if (certificate.keyUsage !== TEMPLATE_KEY_USAGE) {
    fail(`bad key usage (expected: ${TEMPLATE_KEY_USAGE} got: ${certificate.keyUsage})`);
  }
  const purposes = certificate.extendedKeyUsage;
  if (purposes.length !== PURPOSES.length || purposes.some((oid, i) => oid !== PURPOSES[i])) {
    fail("bad extended key usage");
  }
  if (certificate.otherCritical.length > 0) fail("bad extensions");
}

function checkDates(certificate: Certificate, nowSeconds: number): void {
  const { notBefore, notAfter } = certificate;
  if (nowSeconds < notBefore) fail(`current time ${formatUnix(nowSeconds)} is before ${formatUnix(notBefore)}`);
  if (nowSeconds > notAfter) fail(`current time ${formatUnix(nowSeconds)} is after ${formatUnix(notAfter)}`);
}
