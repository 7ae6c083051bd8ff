// ECVRF-EDWARDS25519-SHA512-ELL2 (suite byte 04) as in RFC 9381, where the public key is part of
// the challenge. Rule: curve25519-voi primitives/ed25519/extra/ecvrf. There is no signature
// context: alpha carries the domain separation itself.
//
// Proving multiplies by secret scalars with JavaScript big integers, which are not constant time.
// A node proves once per epoch with its own key and publishes the proof blocks later, so that its
// duration is not for others to measure; do not offer proving as a service.
import { mulAddUnsafe } from "@noble/curves/abstract/curve.js";
import { ed25519, ed25519_hasher } from "@noble/curves/ed25519.js";
import { bytesEqual, concatBytes, fromHex, utf8 } from "@wadi/util";

import type { PublicKey } from "./brands.ts";
import { GROUP_ORDER, isCanonicalScalar, littleEndian, type Ed25519PrivateKey } from "./ed25519.ts";
import { sha512 } from "./hash.ts";

/** Size of a proof (pi): gamma 32, challenge 16, scalar 32. */
export const VRF_PROOF_SIZE = 80;

const SUITE = 0x04;
const TAG = concatBytes(utf8("ECVRF_edwards25519_XMD:SHA-512_ELL2_NU_"), Uint8Array.of(SUITE));
const CHALLENGE_FRONT = Uint8Array.of(SUITE, 0x02);
const OUTPUT_FRONT = Uint8Array.of(SUITE, 0x03);
const BACK = Uint8Array.of(0x00);

type Point = ReturnType<typeof ed25519.Point.fromBytes>;

interface Proof {
  readonly gamma: Point;
  readonly challenge: bigint;
  readonly scalar: bigint;
}

function scalarBytes(n: bigint, size: number): Uint8Array {
  return fromHex(n.toString(16).padStart(2 * size, "0")).reverse();
}

function encodeToCurve(publicKey: Uint8Array, alpha: Uint8Array): Point {
  return ed25519_hasher.encodeToCurve(concatBytes(publicKey, alpha), { DST: TAG });
}

/** The first 16 bytes of the hash over Y, H, gamma, U, V. */
function challengeOf(...points: readonly Uint8Array[]): bigint {
  return littleEndian(sha512(CHALLENGE_FRONT, ...points, BACK).subarray(0, 16));
}

/** The point of a canonical encoding; a sign bit on x = 0 is not canonical either. */
function decodeCanonical(bytes: Uint8Array): Point | undefined {
  try {
    const point = ed25519.Point.fromBytes(bytes, true);
    return bytesEqual(point.toBytes(), bytes) ? point : undefined;
  } catch {
    return undefined;
  }
}

function decodeProof(proof: Uint8Array): Proof | undefined {
  if (proof.length !== VRF_PROOF_SIZE || !isCanonicalScalar(proof.subarray(48))) return undefined;
  const gamma = decodeCanonical(proof.subarray(0, 32));
  if (gamma === undefined) return undefined;
  return { gamma, challenge: littleEndian(proof.subarray(32, 48)), scalar: littleEndian(proof.subarray(48)) };
}

function outputOf(gamma: Point): Uint8Array {
  return sha512(OUTPUT_FRONT, gamma.clearCofactor().toBytes(), BACK);
}

/** The proof (80 bytes) for an input; deterministic. */
export function prove(key: Ed25519PrivateKey, alpha: Uint8Array): Uint8Array {
  const publicKey = fromHex(key.publicKey);
  const seed = key.exportSeed();
  const expanded = sha512(seed);
  seed.fill(0);
  const x = clampedScalar(expanded.subarray(0, 32));
  const h = encodeToCurve(publicKey, alpha);
  const hBytes = h.toBytes();
  const gamma = h.multiply(x % GROUP_ORDER);
  const k = littleEndian(sha512(expanded.subarray(32), hBytes)) % GROUP_ORDER;
  expanded.fill(0);
  const u = ed25519.Point.BASE.multiply(k);
  const c = challengeOf(publicKey, hBytes, gamma.toBytes(), u.toBytes(), h.multiply(k).toBytes());
  const s = (k + c * x) % GROUP_ORDER;
  return concatBytes(gamma.toBytes(), scalarBytes(c, 16), scalarBytes(s, 32));
}

function clampedScalar(bytes: Uint8Array): bigint {
  const clamped = Uint8Array.from(bytes);
  clamped[0] = (clamped[0] ?? 0) & 248;
  clamped[31] = ((clamped[31] ?? 0) & 127) | 64;
  const scalar = littleEndian(clamped);
  clamped.fill(0);
  return scalar;
}

/**
 * The output (64 bytes) if the proof is this key's for this input, else undefined. Refused are
 * public keys that are non-canonical or of small order, a non-canonical gamma, and a scalar not
 * below the group order.
 */
export function verifyVrf(publicKey: PublicKey, alpha: Uint8Array, proof: Uint8Array): Uint8Array | undefined {
  const key = fromHex(publicKey);
  const y = decodeCanonical(key);
  if (y === undefined || y.isSmallOrder()) return undefined;
  const decoded = decodeProof(proof);
  if (decoded === undefined) return undefined;
  const { gamma, challenge, scalar } = decoded;
  const h = encodeToCurve(key, alpha);
  const u = ed25519.Point.BASE.multiplyUnsafe(scalar).subtract(y.multiplyUnsafe(challenge));
  const v = mulAddUnsafe(ed25519.Point, [h, gamma.negate()], [scalar, challenge]);
  const expected = challengeOf(key, h.toBytes(), proof.subarray(0, 32), u.toBytes(), v.toBytes());
  return expected === challenge ? outputOf(gamma) : undefined;
}

/**
 * The output of a proof that is known to be valid (made here, or verified before); undefined if it
 * does not decode. Verifies nothing.
 */
export function vrfProofToHash(proof: Uint8Array): Uint8Array | undefined {
  const decoded = decodeProof(proof);
  return decoded === undefined ? undefined : outputOf(decoded.gamma);
}
