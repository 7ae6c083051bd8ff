import assert from "node:assert/strict";
import {
  Ed25519PrivateKey,
  HmacDrbg,
  MathRand,
  NAMESPACE_KEY_MANAGER,
  X25519PrivateKey,
  deriveBoxKey,
  hashAttestation,
  hashOf,
  hashRak,
  hashToPublicKey,
  isKeyManagerNamespace,
  isTestNamespace,
  prove,
  publicKeyFromBytes,
  publicKeyFromHex,
  sha512_256,
  testNamespace,
  tupleHash128,
  tupleHash256,
  verifyVrf,
  vrfProofToHash,
  x25519KeyFromHex,
  type DrbgHash,
} from "@wadi/crypto";
import { fromBase64, fromHex, toHex, utf8 } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface DrbgSetup {
  readonly hash: string;
  readonly entropy?: string;
  readonly entropy_text?: string;
  readonly nonce_text: string;
  readonly personalization?: string;
  readonly personalization_text?: string;
}

interface Primitives {
  readonly attestation_hash: readonly {
    readonly hash: string;
    readonly height: number;
    readonly node_id: string;
    readonly rek: string | null;
    readonly report_data_text: string;
  }[];
  readonly drbg: readonly (DrbgSetup & { readonly read_100: string })[];
  readonly hash: readonly { readonly data: string; readonly sha512_256: string }[];
  readonly hash_to_curve: { readonly compressed_point: string; readonly dst: string; readonly message: string };
  readonly mathrand: {
    readonly drbg: DrbgSetup;
    readonly fresh_shuffle_0_to_11: readonly number[];
    readonly perm_10: readonly number[];
    readonly then_intn_100: readonly number[];
    readonly uint64: readonly string[];
  };
  readonly mrae_box_key: Readonly<
    Record<"alice_private" | "alice_public" | "bob_private" | "bob_public" | "shared" | "symmetric_key", string>
  >;
  readonly namespaces: readonly { readonly key_manager: boolean; readonly namespace: string; readonly seed: string }[];
  readonly rak_hash: { readonly hash: string; readonly rak: string };
  readonly tuplehash: readonly {
    readonly customization: string;
    readonly hash: string;
    readonly output_len: number;
    readonly strength: number;
    readonly tuple: readonly string[];
  }[];
  readonly vrf: readonly {
    readonly alpha: string;
    readonly beta?: string;
    readonly pi: string;
    readonly public_key: string;
    readonly seed?: string;
    readonly valid: boolean;
    readonly note?: string;
  }[];
}

const drbgHashes: Readonly<Record<string, DrbgHash>> = { "SHA-512": "sha512", "SHA-512/256": "sha512-256" };

function drbgOf(setup: DrbgSetup): HmacDrbg {
  const hash = drbgHashes[setup.hash] ?? assert.fail(`unknown hash ${setup.hash}`);
  const entropy = setup.entropy === undefined ? utf8(setup.entropy_text ?? "") : fromHex(setup.entropy);
  const personalization = utf8(setup.personalization_text ?? setup.personalization ?? "");
  return new HmacDrbg(hash, entropy, utf8(setup.nonce_text), personalization);
}

function runMathRand(r: Recorder, v: Primitives["mathrand"]): void {
  r.case("mathrand uint64", () => {
    const rand = new MathRand(drbgOf(v.drbg));
    assert.deepEqual(
      v.uint64.map(() => String(rand.uint64())),
      v.uint64,
    );
  });
  r.case("mathrand perm, then intn", () => {
    const rand = new MathRand(drbgOf(v.drbg));
    assert.deepEqual(rand.perm(10), v.perm_10, "perm");
    assert.deepEqual(
      v.then_intn_100.map(() => rand.intn(100)),
      v.then_intn_100,
      "intn",
    );
  });
  r.case("mathrand shuffle", () => {
    const items = Array.from({ length: 12 }, (_, i) => i);
    new MathRand(drbgOf(v.drbg)).shuffleArray(items);
    assert.deepEqual(items, v.fresh_shuffle_0_to_11);
  });
}

function runBoxKey(r: Recorder, v: Primitives["mrae_box_key"]): void {
  r.case("mrae_box_key", () => {
    const alice = new X25519PrivateKey(fromHex(v.alice_private));
    const bob = new X25519PrivateKey(fromHex(v.bob_private));
    assert.equal(alice.publicKey, v.alice_public, "alice");
    assert.equal(bob.publicKey, v.bob_public, "bob");
    assert.equal(toHex(alice.sharedSecret(bob.publicKey)), v.shared, "shared");
    assert.equal(toHex(deriveBoxKey(bob.publicKey, alice)), v.symmetric_key, "symmetric, by alice");
    assert.equal(toHex(deriveBoxKey(alice.publicKey, bob)), v.symmetric_key, "symmetric, by bob");
  });
}

function runVrf(r: Recorder, vectors: Primitives["vrf"]): void {
  for (const [i, v] of vectors.entries()) {
    r.case(`vrf ${i} ${v.note ?? ""}`, () => {
      const alpha = fromHex(v.alpha);
      if (v.seed !== undefined) {
        const key = new Ed25519PrivateKey(fromHex(v.seed));
        assert.equal(key.publicKey, v.public_key, "public key");
        assert.equal(toHex(prove(key, alpha)), v.pi, "proof");
      }
      const beta = verifyVrf(publicKeyFromHex(v.public_key), alpha, fromHex(v.pi));
      assert.equal(beta !== undefined, v.valid, "verdict");
      if (beta === undefined) return;
      assert.equal(toHex(beta), v.beta, "output");
      assert.equal(toHex(vrfProofToHash(fromHex(v.pi)) ?? new Uint8Array(0)), v.beta, "output of the proof alone");
    });
  }
}

export const suite: Suite = {
  file: "common/primitives",
  run(r: Recorder): void {
    const file = loadVector<Primitives>("common/primitives");
    if (file === undefined) throw new Error("common/primitives is absent");
    for (const [i, v] of file.attestation_hash.entries()) {
      r.case(`attestation_hash ${i}`, () => {
        const node = publicKeyFromBytes(fromBase64(v.node_id));
        const rek = v.rek === null ? undefined : x25519KeyFromHex(v.rek);
        assert.equal(toHex(hashAttestation(utf8(v.report_data_text), node, BigInt(v.height), rek)), v.hash);
      });
    }
    for (const [i, v] of file.drbg.entries()) {
      r.case(`drbg ${i}`, () => assert.equal(toHex(drbgOf(v).read(100)), v.read_100));
    }
    for (const v of file.hash) {
      r.case(`hash of ${v.data || "nothing"}`, () => {
        assert.equal(hashOf(fromHex(v.data)), v.sha512_256);
        assert.equal(toHex(sha512_256(fromHex(v.data))), v.sha512_256);
      });
    }
    r.case("hash_to_curve", () => {
      const v = file.hash_to_curve;
      assert.equal(hashToPublicKey(utf8(v.dst), utf8(v.message)), v.compressed_point);
    });
    runMathRand(r, file.mathrand);
    runBoxKey(r, file.mrae_box_key);
    for (const v of file.namespaces) {
      r.case(`namespace ${v.seed}`, () => {
        const namespace = testNamespace(v.seed, v.key_manager ? NAMESPACE_KEY_MANAGER : 0n);
        assert.equal(namespace, v.namespace);
        assert.equal(isTestNamespace(namespace), true, "test flag");
        assert.equal(isKeyManagerNamespace(namespace), v.key_manager, "key manager flag");
      });
    }
    r.case("rak_hash", () => {
      assert.equal(toHex(hashRak(publicKeyFromHex(file.rak_hash.rak))), file.rak_hash.hash);
    });
    for (const [i, v] of file.tuplehash.entries()) {
      r.case(`tuplehash ${i}`, () => {
        const hash = v.strength === 128 ? tupleHash128 : tupleHash256;
        assert.equal(toHex(hash(v.tuple.map(fromHex), v.output_len, utf8(v.customization))), v.hash);
      });
    }
    runVrf(r, file.vrf);
  },
};
