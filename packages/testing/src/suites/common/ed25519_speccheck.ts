import assert from "node:assert/strict";
import { SignatureVerifier, publicKeyFromHex, verifyEd25519, verifyExact } from "@wadi/crypto";
import { fromHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface SpecCheck {
  readonly vectors: readonly {
    readonly case: number;
    readonly message: string;
    readonly public_key: string;
    readonly signature: string;
    readonly valid: boolean;
    readonly valid_in_batch: boolean;
  }[];
}

export const suite: Suite = {
  file: "common/ed25519_speccheck",
  run(r: Recorder): void {
    const file = loadVector<SpecCheck>("common/ed25519_speccheck");
    if (file === undefined) throw new Error("common/ed25519_speccheck is absent");
    const items = file.vectors.map((v) => ({
      publicKey: publicKeyFromHex(v.public_key),
      digest: fromHex(v.message),
      signature: fromHex(v.signature),
    }));
    const batch = new SignatureVerifier().verifyBatch(items);
    for (const [i, v] of file.vectors.entries()) {
      r.case(`case ${v.case}`, () => {
        const message = fromHex(v.message);
        const signature = fromHex(v.signature);
        assert.equal(verifyEd25519(publicKeyFromHex(v.public_key), message, signature), v.valid, "single");
        assert.equal(verifyExact(fromHex(v.public_key), message, signature), v.valid, "written out");
        assert.equal(batch[i], v.valid_in_batch, "in a batch of all");
      });
    }
  },
};
