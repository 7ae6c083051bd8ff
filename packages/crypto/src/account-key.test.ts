import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { accountSigner, isValidMnemonic, mnemonicFromEntropy } from "./account-key.ts";
import { HARDENED, formatBip32Path, parseBip32Path } from "./bip32-path.ts";
import { isCryptoError } from "./errors.ts";
import { slip10ChildKey, slip10MasterKey } from "./slip10.ts";

test("paths come back", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 2 ** 32 - 1 }), { maxLength: 8 }), (indices) => {
      assert.deepEqual(parseBip32Path(formatBip32Path(indices)), indices);
    }),
  );
});

test("bad components are named by their place", () => {
  const cases: [string, RegExp][] = [
    ["m/", /2\. component: strconv\.ParseUint: parsing "": invalid syntax/],
    ["m/1//2", /3\. component/],
    ["m/-1", /2\. component.*invalid syntax/],
    ["m/1'/'", /3\. component.*invalid syntax/],
    ["m/4294967296", /2\. component.*value out of range/],
    [`m/${"9".repeat(100000)}`, /2\. component.*value out of range/],
    ["M/1", /mnemonic component: M /],
  ];
  for (const [path, message] of cases) {
    assert.throws(
      () => parseBip32Path(path),
      (e) => isCryptoError(e, "bip32Path") && message.test(String(e)),
      path.slice(0, 20),
    );
  }
  assert.deepEqual(parseBip32Path("m/000000000000001'"), [HARDENED + 1]);
});

test("keys derive only along hardened indices, from seeds of 16 to 64 bytes", () => {
  for (const size of [15, 65]) {
    assert.throws(
      () => slip10MasterKey(new Uint8Array(size)),
      (e) => isCryptoError(e, "slip10"),
    );
  }
  const root = slip10MasterKey(new Uint8Array(16));
  for (const index of [0, HARDENED - 1, 2 ** 32, -1, HARDENED + 0.5]) {
    assert.throws(
      () => slip10ChildKey(root, index),
      (e) => isCryptoError(e, "slip10"),
      String(index),
    );
  }
  assert.equal(slip10ChildKey(root, 2 ** 32 - 1).seed.length, 32);
});

test("words come from entropy and lead to accounts of their own", () => {
  const words = mnemonicFromEntropy(new Uint8Array(32).fill(5));
  assert.equal(words.split(" ").length, 24);
  assert.ok(isValidMnemonic(words));
  assert.ok(!isValidMnemonic(words.split(" ").reverse().join(" ")));
  const first = accountSigner(words, "", 0);
  assert.equal(first.path, "m/44'/474'/0'");
  assert.notEqual(first.signer.publicKey, accountSigner(words, "", 1).signer.publicKey);
  assert.notEqual(first.signer.publicKey, accountSigner(words, "x", 0).signer.publicKey);
  for (const number of [-1, 1.5, 2 ** 31]) {
    assert.throws(
      () => accountSigner(words, "", number),
      (e) => isCryptoError(e, "invalidKeyNumber"),
    );
  }
});
