// The self-signed TLS certificates of nodes: written from one template, read back field by field.
// Rule: go/common/crypto/tls/cert.go. Section names are those of RFC 5280.

import { publicKeyFromBytes, bytesOf, type PublicKey } from "./brands.ts";
import { addYear } from "./civil-time.ts";
import {
  DerReader,
  DerTag,
  contextTag,
  der,
  derBitString,
  derOid,
  derSmallInteger,
  derText,
  derTime,
  oidText,
  unixOfTime,
} from "./der.ts";
import type { Ed25519PrivateKey } from "./ed25519.ts";
import { CryptoError } from "./errors.ts";

/** Common name of a node's certificates. */
export const NODE_COMMON_NAME = "oasis-node";

export const certificateOids = {
  ed25519: "1.3.101.112",
  commonName: "2.5.4.3",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

/** Bits of the template's key usage as they lie in the bit string: signature, encipherment, certificates. */
const KEY_USAGE = Uint8Array.of(0x02, 0xa4);
const TRUE = Uint8Array.of(0xff);
const HOUR = 3600;

export interface Validity {
  /** Unix seconds, inclusive. */
  readonly notBefore: number;
  /** Unix seconds, inclusive. */
  readonly notAfter: number;
}

/** The validity of a certificate made now: from an hour ago to the same date next year. */
export function defaultValidity(nowSeconds: number): Validity {
  const now = Math.floor(nowSeconds);
  return { notBefore: now - HOUR, notAfter: addYear(now) };
}

/** A self-signed certificate in DER. */
export function buildCertificate(key: Ed25519PrivateKey, commonName: string, validity: Validity): Uint8Array {
  const { sequence } = DerTag;
  const algorithm = der(sequence, derOid(certificateOids.ed25519));
  const name = der(sequence, der(DerTag.set, der(sequence, derOid(certificateOids.commonName), derText(commonName))));
  const keyUsage = der(
    sequence,
    derOid(certificateOids.keyUsage),
    der(DerTag.boolean, TRUE),
    der(DerTag.octetString, der(DerTag.bitString, KEY_USAGE)),
  );
  const purposes = der(sequence, derOid(certificateOids.serverAuth), derOid(certificateOids.clientAuth));
  const extendedKeyUsage = der(sequence, derOid(certificateOids.extendedKeyUsage), der(DerTag.octetString, purposes));
  const tbs = der(
    sequence,
    der(contextTag(0), derSmallInteger(2)),
    derSmallInteger(1),
    algorithm,
    name,
    der(sequence, derTime(validity.notBefore), derTime(validity.notAfter)),
    name,
    der(sequence, algorithm, derBitString(bytesOf(key.publicKey))),
    der(contextTag(3), der(sequence, keyUsage, extendedKeyUsage)),
  );
  return der(sequence, tbs, algorithm, derBitString(key.signRaw(tbs)));
}

/** What the verification of a peer looks at. */
export interface Certificate extends Validity {
  /** The signed part. */
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
  /** Undefined if the key or either signature algorithm is not Ed25519. */
  readonly publicKey: PublicKey | undefined;
  /** Big-endian, as encoded. */
  readonly serial: Uint8Array;
  /** The subject's last common name; empty if it has none. */
  readonly commonName: string;
  /** Bit i is usage i of RFC 5280; 0 if there is no such extension. */
  readonly keyUsage: number;
  /** Dotted identifiers in order. */
  readonly extendedKeyUsage: readonly string[];
  /** Identifiers of critical extensions other than the two usages. */
  readonly otherCritical: readonly string[];
}

/** Reads a certificate; views into `bytes`. Throws a `der` error if it is malformed. */
export function parseCertificate(bytes: Uint8Array): Certificate {
  const outer = new DerReader(bytes);
  const certificate = outer.enter(DerTag.sequence);
  outer.end();
  const tbs = certificate.read(DerTag.sequence);
  const outerAlgorithm = readAlgorithm(certificate);
  const signature = wholeBytes(certificate.read(DerTag.bitString).content);
  certificate.end();

  const fields = new DerReader(tbs.content);
  fields.readIf(contextTag(0));
  const serial = fields.read(DerTag.integer).content;
  const innerAlgorithm = readAlgorithm(fields);
  fields.read(DerTag.sequence);
  const times = fields.enter(DerTag.sequence);
  const notBefore = unixOfTime(times.readAny());
  const notAfter = unixOfTime(times.readAny());
  const commonName = readCommonName(fields.enter(DerTag.sequence));
  const keyInfo = fields.enter(DerTag.sequence);
  const keyAlgorithm = readAlgorithm(keyInfo);
  const keyBytes = wholeBytes(keyInfo.read(DerTag.bitString).content);
  const isEd25519 = [outerAlgorithm, innerAlgorithm, keyAlgorithm].every((oid) => oid === certificateOids.ed25519);
  fields.readIf(0x81);
  fields.readIf(0x82);
  const extensions = fields.readIf(contextTag(3));
  fields.end();
  return {
    tbs: tbs.raw,
    signature,
    publicKey: isEd25519 && keyBytes.length === 32 ? publicKeyFromBytes(keyBytes) : undefined,
    serial,
    notBefore,
    notAfter,
    commonName,
    ...readExtensions(extensions?.content),
  };
}

function readAlgorithm(reader: DerReader): string {
  return oidText(reader.enter(DerTag.sequence).read(DerTag.oid).content);
}

function wholeBytes(bitString: Uint8Array): Uint8Array {
  if (bitString[0] !== 0) throw new CryptoError("der");
  return bitString.subarray(1);
}

const nameTags: ReadonlySet<number> = new Set([DerTag.printableString, DerTag.utf8String, DerTag.ia5String]);

function readCommonName(subject: DerReader): string {
  let commonName = "";
  while (!subject.done) {
    const attributes = subject.enter(DerTag.set);
    while (!attributes.done) {
      const attribute = attributes.enter(DerTag.sequence);
      const oid = oidText(attribute.read(DerTag.oid).content);
      const value = attribute.readAny();
      if (oid === certificateOids.commonName && nameTags.has(value.tag)) {
        commonName = Buffer.from(value.content).toString("utf8");
      }
    }
  }
  return commonName;
}

type Extensions = Pick<Certificate, "keyUsage" | "extendedKeyUsage" | "otherCritical">;

function readExtensions(wrapped: Uint8Array | undefined): Extensions {
  let keyUsage = 0;
  const extendedKeyUsage: string[] = [];
  const otherCritical: string[] = [];
  const seen = new Set<string>();
  const list = wrapped === undefined ? new DerReader(new Uint8Array(0)) : new DerReader(wrapped).enter(DerTag.sequence);
  while (!list.done) {
    const extension = list.enter(DerTag.sequence);
    const oid = oidText(extension.read(DerTag.oid).content);
    if (seen.has(oid)) throw new CryptoError("der", "der: duplicate extension");
    seen.add(oid);
    const critical = extension.readIf(DerTag.boolean)?.content[0] === 0xff;
    const value = new DerReader(extension.read(DerTag.octetString).content);
    if (oid === certificateOids.keyUsage) {
      keyUsage = bitsOf(value.read(DerTag.bitString).content);
    } else if (oid === certificateOids.extendedKeyUsage) {
      const purposes = value.enter(DerTag.sequence);
      while (!purposes.done) extendedKeyUsage.push(oidText(purposes.read(DerTag.oid).content));
    } else if (critical) {
      otherCritical.push(oid);
    }
  }
  return { keyUsage, extendedKeyUsage, otherCritical };
}

/** Bit string to number: its first bit becomes bit 0. Nine usages exist. */
function bitsOf(content: Uint8Array): number {
  let bits = 0;
  for (let i = 0; i < 9; i++) if (((content[1 + (i >>> 3)] ?? 0) >>> (7 - (i & 7))) & 1) bits |= 1 << i;
  return bits;
}

/** The usages of the template, as `Certificate.keyUsage` counts them. */
export const TEMPLATE_KEY_USAGE = bitsOf(KEY_USAGE);
