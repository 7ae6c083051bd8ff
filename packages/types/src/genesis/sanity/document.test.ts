import assert from "node:assert/strict";
import { test } from "node:test";

import { chainBytes, loadVector } from "@wadi/testing";

import { parseGenesis } from "../genesis.ts";
import { checkGenesisDocument, type SanityOptions } from "./document.ts";
import { SanityError } from "./problem.ts";
import { brokenDocuments } from "./testing/broken-documents.ts";
import { validDocuments } from "./testing/valid-documents.ts";
import { type Edit, edited, printJson } from "./testing/edits.ts";
import { baseDocument } from "./testing/fixture.ts";

interface GenesisVectors {
  readonly vectors: readonly { readonly name: string; readonly canonical_json: string; readonly note: string }[];
}

const vectors = loadVector<GenesisVectors>("common/genesis")?.vectors;
const full = vectors?.find(({ name }) => name === "full document");
const base = full === undefined ? undefined : baseDocument(full.canonical_json);
const skip = base === undefined ? "conformance data are not at hand" : false;

function check(edits: readonly Edit[], options?: SanityOptions): void {
  assert(base !== undefined);
  checkGenesisDocument(parseGenesis(printJson(edited(base, edits))), options);
}

for (const { name, edits } of validDocuments) {
  test(`valid: ${name}`, { skip }, () => check(edits));
}

for (const { name, edits, prefix, path, code, passesInDebugMode = false } of brokenDocuments) {
  test(`broken: ${name}`, { skip }, () => {
    assert.throws(
      () => check(edits),
      (e) => {
        assert(e instanceof SanityError, String(e));
        assert.equal(e.path, path, e.message);
        assert(e.message.startsWith(prefix), e.message);
        assert.equal(e.code, code ?? 1, e.message);
        return true;
      },
    );
    if (passesInDebugMode) check(edits, { dontBlameOasis: true });
    else assert.throws(() => check(edits, { dontBlameOasis: true }), SanityError);
  });
}

test("texts that operators and tools know are those of the reference", { skip }, () => {
  const messages = [
    [
      [["registry.params.debug_deploy_immediately", true]],
      "registry: sanity check failed: one or more unsafe debug flags set",
    ],
    [[["beacon.params.debug_mock_backend", true]], "beacon: sanity check failed: one or more unsafe debug flags set"],
  ] as const;
  for (const [edits, message] of messages) assert.throws(() => check(edits), { message });
});

test("test keys are accepted only together with the debug switch", { skip }, () => {
  const cases: readonly (readonly [SanityOptions, boolean])[] = [
    [{}, false],
    [{ allowTestKeys: true }, false],
    [{ dontBlameOasis: true }, false],
    [{ dontBlameOasis: true, allowTestKeys: true }, true],
  ];
  const withTestKey = brokenDocuments.find(({ name }) => name === "keymanager: policy signed by a test key");
  assert(withTestKey !== undefined);
  for (const [options, accepted] of cases) {
    const run = (): void => check(withTestKey.edits, options);
    if (accepted) run();
    else assert.throws(run, SanityError, JSON.stringify(options));
  }
});

test("the documents of recorded chains pass with test keys and debug parameters, and not without", (t) => {
  for (const chain of ["staking", "paratime", "paratime-idle", "workload"]) {
    const file = chainBytes(`${chain}/genesis.json`);
    if (file === undefined) {
      t.skip("recorded chains are not at hand");
      return;
    }
    const document = parseGenesis(file);
    checkGenesisDocument(document, { dontBlameOasis: true, allowTestKeys: true });
    assert.throws(() => checkGenesisDocument(document), SanityError, chain);
  }
});

test("the conformance document whose check succeeded passes", { skip }, () => {
  const checked = vectors?.filter(({ note }) => note === "sanity check result: <nil>") ?? [];
  assert.equal(checked.length, 1);
  for (const { canonical_json } of checked) checkGenesisDocument(parseGenesis(canonical_json));
});

test("the zero document is refused, not crashed on", () => {
  for (const text of ["{}", "null", '{"height":1,"chain_id":"x"}']) {
    assert.throws(() => checkGenesisDocument(parseGenesis(text)), SanityError, text);
  }
});
