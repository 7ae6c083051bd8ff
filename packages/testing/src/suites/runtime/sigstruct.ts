import assert from "node:assert/strict";
import {
  debugSigstruct,
  FORTANIX_DUMMY_MR_SIGNER,
  fortanixDummyKey,
  mrEnclaveOfSgxs,
  sigstructHash,
  TeeError,
  verifySigstruct,
} from "@wadi/tee";
import { fromHex, toHex } from "@wadi/util";

import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface SigstructFile {
  readonly attributes_flags: number;
  readonly attributes_xfrm: number;
  readonly build_date: string;
  readonly dummy_mr_signer: string;
  readonly hash_for_signature: string;
  readonly isv_prod_id: number;
  readonly isv_svn: number;
  readonly mr_enclave: string;
  readonly mr_signer: string;
  readonly mrenclave_is_sha256_of_stream: { readonly mr_enclave: string; readonly stream_hex: string };
  readonly negative: readonly { readonly name: string; readonly error: string }[];
  readonly sigstruct_hex: string;
}

/** The input of a case, which its name describes. */
function inputOf(name: string, good: Uint8Array): Uint8Array {
  const at = /^bit flipped at offset (\d+)$/.exec(name)?.[1];
  if (at !== undefined) return good.map((byte, i) => (i === Number(at) ? byte ^ 1 : byte));
  if (name === "empty") return new Uint8Array(0);
  if (name === "one byte short") return good.subarray(0, -1);
  if (name === "one byte more") return Uint8Array.from([...good, 0]);
  throw new Error(`unknown case ${name}`);
}

function refusalOf(bytes: Uint8Array): string | undefined {
  try {
    verifySigstruct(bytes);
    return undefined;
  } catch (e) {
    if (!(e instanceof TeeError)) throw e;
    return e.context === undefined ? e.message : e.message.slice(0, -e.context.length - 2);
  }
}

export const suite: Suite = {
  file: "runtime/sigstruct",
  run(r) {
    const file = loadVector<SigstructFile>("runtime/sigstruct");
    if (file === undefined) return;
    const bytes = fromHex(file.sigstruct_hex);
    r.case("fields and signer", () => {
      const { sigstruct, mrSigner } = verifySigstruct(bytes);
      const { year, month, day } = sigstruct.buildDate;
      const two = (n: number): string => String(n).padStart(2, "0");
      assert.equal(`${year}-${two(month)}-${two(day)}`, file.build_date);
      assert.deepEqual(sigstruct.attributes, {
        flags: BigInt(file.attributes_flags),
        xfrm: BigInt(file.attributes_xfrm),
      });
      assert.equal(sigstruct.isvProdId, file.isv_prod_id);
      assert.equal(sigstruct.isvSvn, file.isv_svn);
      assert.equal(sigstruct.enclaveHash, file.mr_enclave);
      assert.equal(mrSigner, file.mr_signer);
    });
    r.case("hash for signing", () => {
      assert.equal(toHex(sigstructHash(verifySigstruct(bytes).sigstruct)), file.hash_for_signature);
    });
    r.case("dummy signer", () => {
      assert.equal(FORTANIX_DUMMY_MR_SIGNER, file.dummy_mr_signer);
      const made = debugSigstruct(new Uint8Array(0), fortanixDummyKey());
      assert.equal(verifySigstruct(made).mrSigner, file.dummy_mr_signer);
    });
    r.case("MRENCLAVE of a stream", () => {
      const { mr_enclave, stream_hex } = file.mrenclave_is_sha256_of_stream;
      assert.equal(mrEnclaveOfSgxs(fromHex(stream_hex)), mr_enclave);
    });
    for (const { name, error } of file.negative) {
      r.case(name, () => {
        const refusal = refusalOf(inputOf(name, bytes));
        if (error === "none") assert.equal(refusal, undefined);
        else assert.ok(refusal !== undefined && error.startsWith(refusal), `${refusal} instead of ${error}`);
      });
    }
  },
};
