// A TLS identity in two files: the key is kept, the certificate is made anew from it at every
// start (it is valid for a year). Rule: go/common/crypto/tls/cert.go.
import { readFileSync } from "node:fs";

import { buildCertificate, defaultValidity } from "../certificate.ts";
import { Ed25519PrivateKey, SEED_SIZE, seedFromPkcs8 } from "../ed25519.ts";
import { CryptoError } from "../errors.ts";
import { decodePem, encodePem, pemTypes } from "../pem.ts";
import type { RandomBytes } from "./file-signer.ts";
import { replaceFile } from "./io.ts";

const KEY_MODE = 0o600;
const CERTIFICATE_MODE = 0o644;

/** A key with a certificate for it. */
export interface TlsIdentity {
  readonly key: Ed25519PrivateKey;
  /** DER. */
  readonly certificate: Uint8Array;
}

/** The PEM texts that TLS libraries take. */
export function exportTlsPem(identity: TlsIdentity): { readonly key: string; readonly certificate: string } {
  return {
    key: encodePem(pemTypes.tlsKey, identity.key.exportPkcs8()),
    certificate: encodePem(pemTypes.tlsCertificate, identity.certificate),
  };
}

/** A key with a fresh certificate. */
export function makeTlsIdentity(key: Ed25519PrivateKey, commonName: string, nowSeconds: number): TlsIdentity {
  return { key, certificate: buildCertificate(key, commonName, defaultValidity(nowSeconds)) };
}

/** A new key with a fresh certificate. */
export function generateTlsIdentity(commonName: string, nowSeconds: number, randomBytes: RandomBytes): TlsIdentity {
  return makeTlsIdentity(new Ed25519PrivateKey(randomBytes(SEED_SIZE)), commonName, nowSeconds);
}

/** The key of a PEM text; throws a `tls` error. */
export function importTlsKey(text: string): Ed25519PrivateKey {
  const block = decodePem(text);
  if (block?.type !== pemTypes.tlsKey) throw new CryptoError("tls", "tls: failed to parse private key PEM");
  const seed = seedFromPkcs8(block.bytes);
  if (seed === undefined) throw new CryptoError("tls", "tls: private key not an Ed25519 private key");
  return new Ed25519PrivateKey(seed);
}

/** The DER certificate of a PEM text; throws a `tls` error. */
export function importTlsCertificate(text: string): Uint8Array {
  const block = decodePem(text);
  if (block?.type !== pemTypes.tlsCertificate) throw new CryptoError("tls", "tls: failed to parse certificate PEM");
  return block.bytes;
}

/** The key of a file; throws the file system's error or a `tls` error. */
export function loadTlsKey(path: string): Ed25519PrivateKey {
  return importTlsKey(readFileSync(path, "latin1"));
}

/** Writes both files, the key first. */
export function saveTlsIdentity(certificatePath: string, keyPath: string, identity: TlsIdentity): void {
  const pem = exportTlsPem(identity);
  replaceFile(keyPath, pem.key, KEY_MODE);
  replaceFile(certificatePath, pem.certificate, CERTIFICATE_MODE);
}
