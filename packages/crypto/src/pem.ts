// PEM as Go's encoding/pem reads and writes it, and the stricter reader of key files on top
// (go/common/pem/pem.go).
import { fromBase64, toBase64 } from "@wadi/util";

import { publicKeyFromBytes, SIGNATURE_SIZE, type PublicKey, bytesOf } from "./brands.ts";
import { CryptoError } from "./errors.ts";

/** The type lines in use. */
export const pemTypes = {
  privateKey: "ED25519 PRIVATE KEY",
  publicKey: "ED25519 PUBLIC KEY",
  signature: "ED25519 SIGNATURE",
  staticEntropy: "STATIC ENTROPY",
  tlsKey: "PRIVATE KEY",
  tlsCertificate: "CERTIFICATE",
} as const;

const BEGIN = "-----BEGIN ";
const END = "\n-----END ";
const DASHES = "-----";
const LINE_SIZE = 64;
const BLANKS = " \t\r";

export interface PemBlock {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** What follows the line that ends the block. */
  readonly rest: string;
}

/** One block, base64 in lines of 64 characters, with a final newline. */
export function encodePem(type: string, bytes: Uint8Array): string {
  const base64 = toBase64(bytes);
  let body = "";
  for (let at = 0; at < base64.length; at += LINE_SIZE) body += `${base64.slice(at, at + LINE_SIZE)}\n`;
  return `${BEGIN}${type}${DASHES}\n${body}-----END ${type}${DASHES}\n`;
}

/** The first block of a text, or undefined. What precedes it is skipped, malformed blocks as well. */
export function decodePem(text: string): PemBlock | undefined {
  for (let from = 0; ;) {
    const end = text.indexOf(END, from);
    if (end < 0) return undefined;
    // Looked for only behind the last END, so that a long text without blocks takes linear time.
    const begin = text.slice(from, end).lastIndexOf(BEGIN);
    const block = begin < 0 ? undefined : readBlock(text, from + begin, end);
    if (block !== undefined) return block;
    from = end + END.length;
  }
}

/** The line at a position without trailing blanks, and where the next one starts. */
function lineAt(text: string, at: number): { readonly line: string; readonly next: number } {
  const newline = text.indexOf("\n", at);
  const next = newline < 0 ? text.length : newline + 1;
  let stop = newline < 0 ? text.length : newline;
  while (stop > at && BLANKS.includes(text[stop - 1] ?? "")) stop--;
  return { line: text.slice(at, stop), next };
}

function readBlock(text: string, begin: number, end: number): PemBlock | undefined {
  if (begin > 0 && text[begin - 1] !== "\n") return undefined;
  const first = lineAt(text, begin);
  if (!first.line.endsWith(DASHES) || first.line.length < BEGIN.length + DASHES.length) return undefined;
  const type = first.line.slice(BEGIN.length, -DASHES.length);
  let at = first.next;
  for (let header = lineAt(text, at); at < end && header.line.includes(":"); header = lineAt(text, at)) {
    at = header.next;
  }
  // Headers must be followed by a body, at least an empty line.
  if (at !== first.next && at > end) return undefined;
  const last = lineAt(text, end + 1);
  if (last.line !== `${DASHES}END ${type}${DASHES}`) return undefined;
  const bytes = decodeBody(at < end ? text.slice(at, end) : "");
  return bytes === undefined ? undefined : { type, bytes, rest: text.slice(last.next) };
}

function decodeBody(body: string): Uint8Array | undefined {
  try {
    return fromBase64(body.replace(/[ \t\r\n]/g, ""));
  } catch {
    return undefined;
  }
}

/**
 * The content of a file that holds one block of this type and nothing behind it. Throws
 * `pemNoBlock`, `pemTrailing` or `pemType`.
 */
export function readPem(type: string, text: string): Uint8Array {
  const block = decodePem(text);
  if (block === undefined) throw new CryptoError("pemNoBlock");
  if (block.rest !== "") throw new CryptoError("pemTrailing");
  if (block.type !== type) throw new CryptoError("pemType");
  return block.bytes;
}

/** A public key as a file holds it. */
export function encodePublicKeyPem(publicKey: PublicKey): string {
  return encodePem(pemTypes.publicKey, bytesOf(publicKey));
}

/** The key of such a file; throws as `readPem` does, or `malformedPublicKey`. */
export function decodePublicKeyPem(text: string): PublicKey {
  return publicKeyFromBytes(readPem(pemTypes.publicKey, text));
}

/** A detached signature for export: the public key's block, then the signature's. */
export function encodeSignaturePem(publicKey: PublicKey, signature: Uint8Array): string {
  if (signature.length !== SIGNATURE_SIZE) throw new CryptoError("malformedSignature");
  return encodePublicKeyPem(publicKey) + encodePem(pemTypes.signature, signature);
}

/** Reads an exported signature; throws `signaturePem`, `malformedPublicKey` or `malformedSignature`. */
export function decodeSignaturePem(text: string): { readonly publicKey: PublicKey; readonly signature: Uint8Array } {
  const first = signatureBlock(pemTypes.publicKey, text);
  const publicKey = publicKeyFromBytes(first.bytes);
  const second = signatureBlock(pemTypes.signature, first.rest);
  if (second.bytes.length !== SIGNATURE_SIZE) throw new CryptoError("malformedSignature");
  return { publicKey, signature: second.bytes };
}

function signatureBlock(type: string, text: string): PemBlock {
  const block = decodePem(text);
  if (block === undefined) throw new CryptoError("signaturePem", `signature: error while decoding PEM block ${type}`);
  if (block.type !== type) {
    const reason = `signature: expected different PEM block (expected: ${type} got: ${block.type})`;
    throw new CryptoError("signaturePem", reason);
  }
  return block;
}
