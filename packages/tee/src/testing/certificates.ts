// Certificates made to measure.
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

import { concatBytes, toBase64, utf8 } from "@wadi/util";

/** An element of DER. */
export function tlv(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...contents);
  const { length } = body;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concatBytes(Uint8Array.of(tag, ...head), body);
}

export const sequence = (...contents: readonly Uint8Array[]): Uint8Array => tlv(0x30, ...contents);
export const octets = (bytes: Uint8Array): Uint8Array => tlv(0x04, bytes);

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...arcs] = dotted.split(".").map(Number);
  const base128 = (arc: number): number[] => {
    const groups = [arc & 0x7f];
    for (let rest = arc >>> 7; rest > 0; rest >>>= 7) groups.unshift(0x80 | (rest & 0x7f));
    return groups;
  };
  return tlv(0x06, Uint8Array.from([40 * first + second, ...arcs.flatMap(base128)]));
}

/** A non-negative integer. */
export function integer(value: bigint): Uint8Array {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return tlv(0x02, ...((bytes[0] ?? 0) >= 0x80 ? [Uint8Array.of(0)] : []), bytes);
}

export const p256KeyPair = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
export const rsaKeyPair = (): KeyObject => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;

export interface ExtensionGiven {
  readonly oid: string;
  readonly critical?: boolean;
  readonly value: Uint8Array;
}

export interface CertificateGiven {
  readonly subject: string;
  readonly key: KeyObject;
  /** Default: itself. */
  readonly issuer?: { readonly subject: string; readonly key: KeyObject };
  /** Of the form yyyymmddhhmmss. */
  readonly notBefore?: string;
  readonly notAfter?: string;
  /** Undefined leaves the extension out. */
  readonly ca?: { readonly isCa: boolean; readonly pathLength?: number } | undefined;
  /** First byte of the bit string; undefined leaves the extension out. */
  readonly keyUsage?: number | undefined;
  readonly extensions?: readonly ExtensionGiven[];
  /** Between signature and the end of the certificate. */
  readonly behindSignature?: Uint8Array;
  /** Rewrites the signature, giving unused bits and bytes. */
  readonly rewrite?: (signature: Uint8Array) => { readonly unused: number; readonly bytes: Uint8Array };
}

const name = (text: string): Uint8Array => sequence(tlv(0x31, sequence(oid("2.5.4.3"), tlv(0x0c, utf8(text)))));

function extension({ oid: id, critical = false, value }: ExtensionGiven): Uint8Array {
  return sequence(oid(id), ...(critical ? [tlv(0x01, Uint8Array.of(0xff))] : []), octets(value));
}

function extensionsOf({ ca, keyUsage, extensions = [] }: CertificateGiven): Uint8Array[] {
  const all = extensions.map(extension);
  if (ca !== undefined) {
    const flag = ca.isCa ? [tlv(0x01, Uint8Array.of(0xff))] : [];
    const length = ca.pathLength === undefined ? [] : [integer(BigInt(ca.pathLength))];
    all.push(extension({ oid: "2.5.29.19", critical: true, value: sequence(...flag, ...length) }));
  }
  if (keyUsage !== undefined) {
    all.push(extension({ oid: "2.5.29.15", critical: true, value: tlv(0x03, Uint8Array.of(0, keyUsage)) }));
  }
  return all;
}

/** A certificate of version 3 in DER, signed with the issuer's key. */
export function makeCertificate(given: CertificateGiven): Uint8Array {
  const { subject, key, issuer = given, notBefore = "20200101000000", notAfter = "20400101000000" } = given;
  const isRsa = issuer.key.asymmetricKeyType === "rsa";
  const algorithm = isRsa ? sequence(oid("1.2.840.113549.1.1.11"), tlv(0x05)) : sequence(oid("1.2.840.10045.4.3.2"));
  const spki = new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" }));
  const tbs = sequence(
    tlv(0xa0, integer(2n)),
    integer(1n),
    algorithm,
    name(issuer.subject),
    sequence(tlv(0x18, utf8(`${notBefore}Z`)), tlv(0x18, utf8(`${notAfter}Z`))),
    name(subject),
    spki,
    tlv(0xa3, sequence(...extensionsOf(given))),
  );
  const made = new Uint8Array(sign("sha256", tbs, issuer.key));
  const { unused, bytes } = given.rewrite?.(made) ?? { unused: 0, bytes: made };
  const behind = given.behindSignature ?? new Uint8Array(0);
  return sequence(tbs, algorithm, tlv(0x03, Uint8Array.of(unused), bytes), behind);
}

/** PEM text of certificates. */
export function pem(...certificates: readonly Uint8Array[]): Uint8Array {
  const block = (der: Uint8Array): string => {
    const lines = toBase64(der).replace(/.{64}(?=.)/g, "$&\n");
    return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  };
  return utf8(certificates.map(block).join(""));
}
