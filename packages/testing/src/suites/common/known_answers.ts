import assert from "node:assert/strict";
import {
  Ed25519PrivateKey,
  HARDENED,
  HmacDrbg,
  accountSigner,
  bech32Decode,
  bech32Encode,
  formatBip32Path,
  parseBip32Path,
  slip10ChildKey,
  slip10MasterKey,
  type DerivedKey,
} from "@wadi/crypto";
import { fromHex, toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface KnownAnswers {
  readonly slip10: readonly {
    readonly seed: string;
    readonly steps: readonly {
      readonly hardened_index: number | null;
      readonly chain_code: string;
      readonly private_key: string;
      readonly public_key: string;
    }[];
  }[];
  readonly adr8_accounts: readonly {
    readonly mnemonic: string;
    readonly passphrase: string;
    readonly number: number;
    readonly path?: string;
    readonly public_key?: string;
    readonly error?: string;
  }[];
  readonly bip32_paths: readonly {
    readonly path: string;
    readonly valid: boolean;
    readonly indices: readonly number[];
    readonly error: string | null;
  }[];
  readonly bech32: readonly {
    readonly text_latin1_hex: string;
    readonly text: string | null;
    readonly valid: boolean;
    readonly error: string | null;
  }[];
  readonly hmac_drbg: readonly {
    readonly test: string;
    readonly hash: string;
    readonly inputs_in_order_hex: readonly [string, string];
    readonly expected_in_order_hex: readonly [string, string, string, string];
  }[];
}

function messageOf(body: () => unknown): string | null {
  try {
    body();
    return null;
  } catch (e) {
    return e instanceof Error ? e.message : String(e);
  }
}

function runSlip10(r: Recorder, vectors: KnownAnswers["slip10"]): void {
  for (const v of vectors) {
    let key: DerivedKey | undefined;
    for (const [depth, step] of v.steps.entries()) {
      r.case(`slip10 ${v.seed.slice(0, 8)} step ${depth}`, () => {
        key =
          step.hardened_index === null
            ? slip10MasterKey(fromHex(v.seed))
            : slip10ChildKey(key ?? assert.fail("no parent"), HARDENED + (step.hardened_index % HARDENED));
        assert.equal(toHex(key.chainCode), step.chain_code, "chain code");
        assert.equal(toHex(key.seed), step.private_key, "private key");
        assert.equal(new Ed25519PrivateKey(key.seed).publicKey, step.public_key, "public key");
      });
    }
  }
}

function runBech32(r: Recorder, vectors: KnownAnswers["bech32"]): void {
  for (const v of vectors) {
    r.case(`bech32 ${v.text_latin1_hex}`, () => {
      const raw = fromHex(v.text_latin1_hex);
      if (v.text !== null) assert.equal(Buffer.from(raw).toString("latin1"), v.text, "the file's two forms");
      if (!v.valid) {
        assert.equal(
          messageOf(() => bech32Decode(raw)),
          v.error,
        );
        return;
      }
      const { prefix, data } = bech32Decode(v.text ?? raw);
      assert.equal(bech32Encode(prefix, data), v.text?.toLowerCase());
    });
  }
}

export const suite: Suite = {
  file: "common/known_answers",
  run(r: Recorder): void {
    const file = loadVector<KnownAnswers>("common/known_answers");
    if (file === undefined) throw new Error("common/known_answers is absent");
    runSlip10(r, file.slip10);
    for (const v of file.adr8_accounts) {
      r.case(`account ${v.number} of "${v.mnemonic.slice(0, 16)}..."`, () => {
        if (v.error !== undefined) {
          assert.equal(
            messageOf(() => accountSigner(v.mnemonic, v.passphrase, v.number)),
            v.error,
          );
          return;
        }
        const { signer, path } = accountSigner(v.mnemonic, v.passphrase, v.number);
        assert.equal(path, v.path, "path");
        assert.equal(signer.publicKey, v.public_key, "public key");
      });
    }
    for (const v of file.bip32_paths) {
      r.case(`path ${JSON.stringify(v.path)}`, () => {
        assert.equal(
          messageOf(() => parseBip32Path(v.path)),
          v.error,
          "error",
        );
        if (!v.valid) return;
        assert.deepEqual(parseBip32Path(v.path), v.indices, "indices");
        assert.equal(formatBip32Path(v.indices), v.path, "text");
      });
    }
    runBech32(r, file.bech32);
    for (const v of file.hmac_drbg) {
      r.case(v.test, () => {
        assert.equal(v.hash, "SHA-512");
        const [entropy, nonce] = v.inputs_in_order_hex;
        const [key, value, first, second] = v.expected_in_order_hex;
        const drbg = new HmacDrbg("sha512", fromHex(entropy), fromHex(nonce));
        const state = drbg.inspect();
        assert.equal(toHex(state.key), key, "K");
        assert.equal(toHex(state.value), value, "V");
        assert.equal(toHex(drbg.read(first.length / 2)), first, "first request");
        assert.equal(toHex(drbg.read(second.length / 2)), second, "second request");
      });
    }
  },
};
