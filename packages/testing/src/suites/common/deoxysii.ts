import assert from "node:assert/strict";
import { DeoxysII, X25519PrivateKey, openBox, sealBox } from "@wadi/crypto";
import { concatBytes, fromBase64, fromHex, toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface DeoxysVectors {
  readonly known_answers: {
    readonly Name: string;
    readonly Key: string;
    readonly Nonce: string;
    readonly MsgData: string;
    readonly AADData: string;
    readonly KnownAnswers: readonly { readonly Ciphertext: string; readonly Tag: string; readonly Length: number }[];
  };
  readonly box: readonly {
    readonly nonce: string;
    readonly plaintext: string;
    readonly additional_data: string;
    readonly ciphertext_and_tag: string;
  }[];
}

/** The keys of the boxes are in another file. */
interface BoxKeys {
  readonly mrae_box_key: { readonly alice_private: string; readonly bob_private: string };
}

export const suite: Suite = {
  file: "common/deoxysii",
  run(r: Recorder): void {
    const file = loadVector<DeoxysVectors>("common/deoxysii");
    const keys = loadVector<BoxKeys>("common/primitives")?.mrae_box_key;
    if (file === undefined || keys === undefined) throw new Error("common/deoxysii or common/primitives is absent");

    const known = file.known_answers;
    const cipher = new DeoxysII(fromBase64(known.Key));
    const nonce = fromBase64(known.Nonce);
    for (const answer of known.KnownAnswers) {
      r.case(`${known.Name}, ${answer.Length} bytes`, () => {
        const message = fromBase64(known.MsgData).subarray(0, answer.Length);
        const data = fromBase64(known.AADData).subarray(0, answer.Length);
        const sealed = concatBytes(fromBase64(answer.Ciphertext), fromBase64(answer.Tag));
        assert.equal(toHex(cipher.seal(nonce, message, data)), toHex(sealed), "seal");
        assert.equal(toHex(cipher.open(nonce, sealed, data) ?? assert.fail("does not open")), toHex(message), "open");
      });
    }

    const alice = new X25519PrivateKey(fromHex(keys.alice_private));
    const bob = new X25519PrivateKey(fromHex(keys.bob_private));
    for (const [i, v] of file.box.entries()) {
      r.case(`box ${i}: ${v.plaintext.length / 2} bytes, ${v.additional_data.length / 2} of associated data`, () => {
        const [boxNonce, plaintext, data] = [fromHex(v.nonce), fromHex(v.plaintext), fromHex(v.additional_data)];
        const sealed = fromHex(v.ciphertext_and_tag);
        assert.equal(toHex(sealBox(boxNonce, plaintext, data, bob.publicKey, alice)), v.ciphertext_and_tag, "seal");
        const opened = openBox(boxNonce, sealed, data, alice.publicKey, bob);
        assert.equal(toHex(opened ?? assert.fail("does not open")), v.plaintext, "open by the other side");
      });
    }
  },
};
