import assert from "node:assert/strict";
import { registeredContexts, reservedKeys, testKeys, publicKeyFromHex, publicKeyFromBytes } from "@wadi/crypto";
// Imported for what they register.
import "@wadi/mkvs";
import { transaction, churp } from "@wadi/types";
import { errorFromWire, errorToWire, fromBase64, registeredErrors, UNKNOWN_MODULE, WadiError } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { schemaOfGoType } from "./go-types.ts";

interface RegistryFile {
  readonly errors: readonly { readonly module: string; readonly code: number; readonly message: string }[];
  readonly signature_contexts: readonly {
    readonly context: string;
    readonly chain_separated: boolean;
    readonly dynamic_suffix?: string;
    readonly dynamic_suffix_max_len?: number;
  }[];
  readonly methods: readonly { readonly name: string; readonly body: string }[];
  readonly keys: readonly { readonly pk: string; readonly hex: string; readonly what: "black" | "test" }[];
}

function runErrors(r: Recorder, { errors }: RegistryFile): void {
  const registered = registeredErrors();
  for (const { module, code, message } of errors) {
    r.case(`error ${module} ${code}`, () => {
      const found = registered.filter((kind) => kind.module === module && kind.code === code);
      assert.deepEqual(
        found.map((kind) => kind.text),
        [message],
        "registered once with its text",
      );
      const kind = found[0];
      if (kind === undefined || module === UNKNOWN_MODULE) return;
      const wire = errorToWire(new WadiError(kind, { context: "more" }));
      assert.deepEqual(wire, { module, code, message: `${message}: more` });
      assert.equal(errorFromWire(wire.module, wire.code, wire.message).context, "more");
    });
  }
  // Kinds of our own live in modules of their own.
  r.case("no other errors in these modules", () => {
    const modules = new Set(errors.map(({ module }) => module));
    const known = new Set(errors.map(({ module, code }) => `${module} ${code}`));
    const others = registered.filter(({ module, code }) => modules.has(module) && !known.has(`${module} ${code}`));
    assert.deepEqual(others, []);
  });
}

function runContexts(r: Recorder, file: RegistryFile): void {
  for (const v of file.signature_contexts) {
    r.case(`context ${v.context}`, () => {
      const found = registeredContexts.find(({ base }) => base === v.context);
      assert.ok(found, "registered");
      assert.equal(found.chainSeparated, v.chain_separated, "chain separated");
      assert.equal(found.suffix?.separator, v.dynamic_suffix, "suffix");
      assert.equal(found.suffix?.maxLength, v.dynamic_suffix_max_len, "suffix length");
    });
  }
  r.case("no other contexts", () => assert.equal(registeredContexts.length, file.signature_contexts.length));
}

/** The reference registers these under the unsigned request and decodes the signed one. */
const signedBodies: Readonly<Record<string, unknown>> = {
  "keymanager/churp.Apply": churp.SignedApplicationRequest,
  "keymanager/churp.Confirm": churp.SignedConfirmationRequest,
};

function runMethods(r: Recorder, file: RegistryFile): void {
  for (const { name, body } of file.methods) {
    r.case(`method ${name}`, () => {
      const method = transaction.lookupMethod(name);
      assert.ok(method, "known");
      const schema = schemaOfGoType(body);
      assert.ok(schema, `schema of ${body}`);
      if (body === "bytes32") assert.deepEqual(method.body.shape, schema.shape);
      else assert.equal(method.body, signedBodies[name] ?? schema);
    });
  }
  r.case("no other methods", () => assert.equal(transaction.allMethods().length, file.methods.length));
}

function runKeys(r: Recorder, file: RegistryFile): void {
  const groups = { black: Object.values(reservedKeys), test: testKeys };
  for (const { pk, hex, what } of file.keys) {
    r.case(`${what} key ${hex}`, () => {
      assert.ok(groups[what].includes(publicKeyFromHex(hex)));
      assert.equal(publicKeyFromBytes(fromBase64(pk)), hex);
    });
  }
  r.case("no other keys", () => assert.equal(groups.black.length + groups.test.length, file.keys.length));
}

export const suite: Suite = {
  file: "common/registries",
  run(r: Recorder): void {
    const file = loadVector<RegistryFile>("common/registries");
    if (file === undefined) throw new Error("common/registries is absent");
    runErrors(r, file);
    runContexts(r, file);
    runMethods(r, file);
    runKeys(r, file);
  },
};
