// X.509 certificates as Go's crypto/x509 reads them. What is outside of the signed part can be
// rewritten by whoever passes a certificate on, so its reading agrees with Go to the bit: bytes
// behind the signature are ignored, a signature that does not end on a byte is shifted.
// The signed part comes from Intel; there the reader is strict and knows what Intel uses.
// Reference: Go crypto/x509 `ParseCertificate`.
import { createPublicKey, type KeyObject } from "node:crypto";

import { contextTag, CryptoError, DerReader, DerTag, oidText, unixOfTime } from "@wadi/crypto";
import { bytesEqual } from "@wadi/util";

import { TeeError } from "../errors.ts";
import { nextPemBlock } from "./pem.ts";

const oids = {
  keyUsage: "2.5.29.15",
  basicConstraints: "2.5.29.19",
  extendedKeyUsage: "2.5.29.37",
} as const;

const understood: ReadonlySet<string> = new Set(Object.values(oids));

export interface Extension {
  /** Dotted. */
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

export interface BasicConstraints {
  readonly isCa: boolean;
  /** How many authorities may stand between this one and the end of a chain; -1 for any number. */
  readonly maxPathLength: number;
}

/** Byte members are views into what was read. */
export interface Certificate {
  readonly raw: Uint8Array;
  /** The signed part. */
  readonly tbs: Uint8Array;
  /** Dotted algorithm of the signature. */
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  /** Encoded names. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Unix seconds, inclusive. */
  readonly notBefore: number;
  /** Unix seconds, inclusive. */
  readonly notAfter: number;
  readonly publicKey: KeyObject;
  /** The encoded key, to compare. */
  readonly publicKeyInfo: Uint8Array;
  readonly extensions: readonly Extension[];
  readonly basicConstraints: BasicConstraints | undefined;
  /** Bit i is usage i of RFC 5280; 0 if the certificate does not say. */
  readonly keyUsage: number;
  /** Dotted purposes; undefined if the certificate does not say. */
  readonly purposes: readonly string[] | undefined;
  readonly hasUnknownCritical: boolean;
}

/** Reads one DER certificate and nothing behind it; throws `certificate`. */
export function parseCertificate(bytes: Uint8Array): Certificate {
  try {
    return readCertificate(bytes);
  } catch (e) {
    if (e instanceof CryptoError) throw new TeeError("certificate", { cause: e });
    throw e;
  }
}

/** All certificates of a PEM text; what follows the last block is ignored. Throws `certificateType`, `certificate`. */
export function parseCertificates(pem: Uint8Array): Certificate[] {
  const text = Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength).toString("latin1");
  const certificates: Certificate[] = [];
  for (let block = nextPemBlock(text, 0); block !== undefined; block = nextPemBlock(text, block.next)) {
    if (block.type !== "CERTIFICATE") throw new TeeError("certificateType");
    certificates.push(parseCertificate(block.bytes));
  }
  return certificates;
}

function readCertificate(bytes: Uint8Array): Certificate {
  const outer = new DerReader(bytes);
  const input = outer.enter(DerTag.sequence);
  outer.end();
  const tbs = input.read(DerTag.sequence);
  const outerAlgorithm = input.read(DerTag.sequence).content;
  const signature = rightAligned(input.read(DerTag.bitString).content);

  const fields = new DerReader(tbs.content);
  const isVersion3 = readVersion(fields);
  fields.read(DerTag.integer);
  const algorithm = fields.read(DerTag.sequence).content;
  if (!bytesEqual(algorithm, outerAlgorithm)) throw new TeeError("certificate", { context: "signature algorithms" });
  const issuer = fields.read(DerTag.sequence).raw;
  const times = fields.enter(DerTag.sequence);
  const notBefore = unixOfTime(times.readAny());
  const notAfter = unixOfTime(times.readAny());
  const subject = fields.read(DerTag.sequence).raw;
  const publicKeyInfo = fields.read(DerTag.sequence).raw;
  const wrapped = isVersion3 ? fields.readIf(contextTag(3)) : undefined;
  const extensions = wrapped === undefined ? [] : readExtensions(new DerReader(wrapped.content));
  const value = (oid: string): Uint8Array | undefined => extensions.find((extension) => extension.oid === oid)?.value;
  return {
    raw: bytes,
    tbs: tbs.raw,
    signatureAlgorithm: oidText(new DerReader(algorithm).read(DerTag.oid).content),
    signature,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey: publicKeyOf(publicKeyInfo),
    publicKeyInfo,
    extensions,
    basicConstraints: readBasicConstraints(value(oids.basicConstraints)),
    keyUsage: readKeyUsage(value(oids.keyUsage)),
    purposes: readPurposes(value(oids.extendedKeyUsage)),
    hasUnknownCritical: extensions.some(({ critical, oid }) => critical && !understood.has(oid)),
  };
}

/** Intel's certificates are of version 3; others have no extensions and are of no use. */
function readVersion(fields: DerReader): boolean {
  const wrapped = fields.readIf(contextTag(0));
  if (wrapped === undefined) return false;
  const version = new DerReader(wrapped.content).read(DerTag.integer).content;
  if (version.length !== 1 || (version[0] ?? 0) > 2) throw new TeeError("certificate", { context: "version" });
  return version[0] === 2;
}

function publicKeyOf(info: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(info), format: "der", type: "spki" });
  } catch (e) {
    throw new TeeError("certificate", { context: "public key", cause: e });
  }
}

/** The bits of a bit string moved to the end of its bytes, as Go's `BitString.RightAlign` does. */
function rightAligned(content: Uint8Array): Uint8Array {
  const unused = content[0];
  const bytes = content.subarray(1);
  const last = bytes.at(-1);
  const isWrong =
    unused === undefined || unused > 7 || (last === undefined ? unused > 0 : (last & ((1 << unused) - 1)) !== 0);
  if (isWrong) throw new TeeError("certificate", { context: "signature" });
  if (unused === 0) return bytes;
  return bytes.map((byte, i) => (byte >> unused) | ((i === 0 ? 0 : (bytes[i - 1] ?? 0)) << (8 - unused)));
}

function readExtensions(wrapped: DerReader): Extension[] {
  const list = wrapped.enter(DerTag.sequence);
  const extensions: Extension[] = [];
  while (!list.done) {
    const fields = list.enter(DerTag.sequence);
    const oid = oidText(fields.read(DerTag.oid).content);
    if (extensions.some((extension) => extension.oid === oid)) throw new TeeError("certificate", { context: oid });
    const critical = fields.readIf(DerTag.boolean)?.content[0] === 0xff;
    extensions.push({ oid, critical, value: fields.read(DerTag.octetString).content });
  }
  return extensions;
}

function readBasicConstraints(value: Uint8Array | undefined): BasicConstraints | undefined {
  if (value === undefined) return undefined;
  const fields = new DerReader(value).enter(DerTag.sequence);
  const isCa = fields.readIf(DerTag.boolean)?.content[0] === 0xff;
  const length = fields.readIf(DerTag.integer)?.content;
  if (length !== undefined && (length.length !== 1 || (length[0] ?? 0) > 127)) {
    throw new TeeError("certificate", { context: "path length" });
  }
  return { isCa, maxPathLength: length?.[0] ?? -1 };
}

function readKeyUsage(value: Uint8Array | undefined): number {
  if (value === undefined) return 0;
  const content = new DerReader(value).read(DerTag.bitString).content;
  let bits = 0;
  for (let i = 0; i < 9; i++) if (((content[1 + (i >>> 3)] ?? 0) >>> (7 - (i & 7))) & 1) bits |= 1 << i;
  return bits;
}

function readPurposes(value: Uint8Array | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  const list = new DerReader(value).enter(DerTag.sequence);
  const purposes: string[] = [];
  while (!list.done) purposes.push(oidText(list.read(DerTag.oid).content));
  return purposes;
}
