import assert from "node:assert/strict";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import { EMPTY_HASH, testSigner } from "@wadi/crypto";
import {
  committeeStatuses,
  displayComponentId,
  executorStatuses,
  formatComponentId,
  parseComponentId,
  TeeKind,
  teeKindName,
} from "@wadi/runtime-host";
import { EnclaveMessage, EnclaveResponse } from "@wadi/runtime-protocol";
import { fromHex, toHex } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface ComponentCase {
  readonly text: string;
  readonly kind?: string;
  readonly name?: string;
  readonly display?: string;
  readonly error?: string;
}
type Texts = Readonly<Record<string, string>>;
interface File {
  readonly component_ids: readonly ComponentCase[];
  readonly committee_status: Texts;
  readonly executor_status: Texts;
  readonly tee_kind: Texts;
  readonly empty_hash: string;
  readonly non_tee_rak: { readonly seed_text: string; readonly public: string };
  readonly local_rpc_error_response: { readonly response_cbor: string };
  readonly insecure_rpc_error_response: { readonly response_cbor: string };
}

function checkComponent({ text, kind, name, display, error }: ComponentCase): void {
  if (error !== undefined) {
    assert.throws(
      () => parseComponentId(text),
      (e: Error) => e.message.endsWith(error),
    );
    return;
  }
  const id = parseComponentId(text);
  assert.deepEqual(id, { kind, name });
  assert.equal(formatComponentId(id), text);
  if (display !== undefined) assert.equal(displayComponentId(id), display);
}

function runTexts(r: Recorder, file: File): void {
  const texts = (list: readonly string[]): Texts => Object.fromEntries(list.map((text, i) => [String(i), text]));
  r.case("committee status", () => assert.deepEqual(texts(committeeStatuses), file.committee_status));
  r.case("executor status", () => assert.deepEqual(texts(executorStatuses), file.executor_status));
  r.case("TEE kinds", () => {
    const names = Object.values(TeeKind).map((kind) => [String(kind), teeKindName(kind)]);
    assert.deepEqual(Object.fromEntries(names), file.tee_kind);
  });
}

function runEnclaveErrors(r: Recorder, file: File): void {
  const error = 'method not found: "nope"';
  r.case("error of a local call", () => {
    const cbor = file.local_rpc_error_response.response_cbor;
    const message = decodeCbor(EnclaveMessage, fromHex(cbor));
    assert.deepEqual(message, { response: { body: { success: null, error } } });
    assert.equal(toHex(encodeCbor(EnclaveMessage, message)), cbor);
  });
  r.case("error of an insecure call", () => {
    const cbor = file.insecure_rpc_error_response.response_cbor;
    const response = decodeCbor(EnclaveResponse, fromHex(cbor));
    assert.deepEqual(response, { body: { success: null, error } });
    assert.equal(toHex(encodeCbor(EnclaveResponse, response)), cbor);
  });
}

export const suite: Suite = {
  file: "runtime/misc",
  run(r) {
    const file = loadVector<File>("runtime/misc");
    if (file === undefined) return;
    for (const id of file.component_ids) r.case(`component ${JSON.stringify(id.text)}`, () => checkComponent(id));
    runTexts(r, file);
    r.case("empty hash", () => assert.equal(EMPTY_HASH, file.empty_hash));
    r.case("attestation key without TEE", () => {
      assert.equal(testSigner(file.non_tee_rak.seed_text).publicKey, file.non_tee_rak.public);
    });
    runEnclaveErrors(r, file);
  },
};
