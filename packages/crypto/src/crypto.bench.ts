// Prints one JSON line per measurement: node --conditions=wadi-source src/crypto.bench.ts
import { benchLine, throughput } from "@wadi/testing";

import { bytesOf } from "./brands.ts";
import { bindContext, chainContext, signatureContexts } from "./context.ts";
import { DeoxysII } from "./deoxysii.ts";
import { HmacDrbg } from "./drbg.ts";
import { Ed25519PrivateKey, KeyCache, verifyEd25519, verifyExact } from "./ed25519.ts";
import { hashOf, sha256, sha512_256, sha512_256Batch } from "./hash.ts";
import { MathRand } from "./math-rand.ts";
import { boxCipher } from "./mrae.ts";
import { MemorySigner } from "./signer.ts";
import { SignatureVerifier } from "./verifier.ts";
import { prove, verifyVrf } from "./vrf.ts";
import { X25519PrivateKey } from "./x25519.ts";

function operations(name: string, ran: string, body: () => void, perRun = 1): void {
  benchLine({ name: `crypto/${name}`, unit: "ops/s", value: perRun * throughput(body), ran });
}

function megabytes(name: string, ran: string, size: number, body: () => void): void {
  benchLine({ name: `crypto/${name}`, unit: "MB/s", value: (size * throughput(body)) / 1e6, ran });
}

const message = new Uint8Array(100).fill(7);
const key = new Ed25519PrivateKey(new Uint8Array(32).fill(1));
const signature = key.signRaw(message);
const keys = new KeyCache();

operations("sha512-256/100", "one-shot, bytes out", () => sha512_256(message));
operations("sha512-256/100/hex", "one-shot, identifier out", () => hashOf(message));
operations("sha256/100", "one-shot, bytes out", () => sha256(message));
const many = Array.from({ length: 256 }, (_, i) => new Uint8Array(100).fill(i));
const packed = new Uint8Array(32 * many.length);
operations("sha512-256/100/batch", "256 inputs into one array", () => sha512_256Batch(many, packed), many.length);

operations("ed25519/sign", "native, 100 bytes", () => key.signRaw(message));
operations("ed25519/verify", "native, key decoded each time", () => verifyEd25519(key.publicKey, message, signature));
operations("ed25519/verify/cached-key", "native, key from the cache", () =>
  verifyEd25519(key.publicKey, message, signature, keys),
);
const publicKeyBytes = bytesOf(key.publicKey);
operations("ed25519/verify/exact", "cofactored equation in JavaScript", () =>
  verifyExact(publicKeyBytes, message, signature),
);

const context = bindContext(signatureContexts.transaction, { chain: chainContext("bench") });
const signer = new MemorySigner(new Uint8Array(32).fill(1));
const signed = signer.sign(context, message);
const verifier = new SignatureVerifier();
const uncached = new SignatureVerifier({ cacheSize: 0 });
operations("signature/verify", "context, blacklist, no signature cache", () =>
  uncached.verify(signer.publicKey, context, message, signed),
);
operations("signature/verify/again", "known to the signature cache", () =>
  verifier.verify(signer.publicKey, context, message, signed),
);

const proof = prove(key, message);
operations("vrf/prove", "100-byte input", () => prove(key, message));
operations("vrf/verify", "100-byte input", () => verifyVrf(key.publicKey, message, proof));

const cipher = new DeoxysII(new Uint8Array(32).fill(1));
const nonce = new Uint8Array(15);
for (const [label, size] of [
  ["1KB", 1024],
  ["64KB", 65536],
] as const) {
  const plaintext = new Uint8Array(size).fill(3);
  const sealed = cipher.seal(nonce, plaintext);
  megabytes(`deoxysii/seal/${label}`, "one key", size, () => cipher.seal(nonce, plaintext));
  megabytes(`deoxysii/open/${label}`, "one key", size, () => cipher.open(nonce, sealed));
}
const alice = new X25519PrivateKey(new Uint8Array(32).fill(1));
const bob = new X25519PrivateKey(new Uint8Array(32).fill(2));
operations("box/seal/1KB", "key agreement, key schedule, sealing", () =>
  boxCipher(bob.publicKey, alice).seal(nonce, new Uint8Array(1024)),
);

const drbg = new HmacDrbg("sha512", new Uint8Array(32), new Uint8Array(0));
operations("drbg/1024", "HMAC_DRBG SHA-512, what one election reads", () => drbg.read(1024));
operations("math-rand/perm-100", "source and permutation of 100", () => new MathRand(drbg).perm(100));
