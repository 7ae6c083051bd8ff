import assert from "node:assert/strict";
import { test } from "node:test";
import { bech32, bech32m } from "@scure/base";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { fromHex, toHex, utf8, isError } from "@wadi/util";
import fc from "fast-check";

import {
  ZERO_ADDRESS,
  addressFromText,
  addressToText,
  deriveAddress,
  ethAccountAddress,
  isReservedAddress,
  moduleAddress,
  multisigAddress,
  reservedAddresses,
  sdkModuleAddress,
  sr25519Address,
  stakingAddress,
  vaultAddress,
} from "./address.ts";
import { bech32Decode, bech32Encode } from "./bech32.ts";
import { addressFromBytes, bytesOf, publicKeyFromBytes } from "./brands.ts";
import { CryptoError, invalidTokenExponent, isCryptoError } from "./errors.ts";
import { ethAddressOfKey, secp256k1EthAddress } from "./eth-address.ts";
import {
  roflAppIdFromName,
  roflAppIdFromNonce,
  roflAppIdFromRound,
  roflAppIdFromText,
  roflAppIdToText,
} from "./rofl.ts";
import { formatAmount, formatTokens, isValidTokenSymbol } from "./token.ts";

const address = fc.uint8Array({ minLength: 21, maxLength: 21 }).map(addressFromBytes);

test("address text comes back, in either case but not in both", () => {
  fc.assert(
    fc.property(address, (a) => {
      const text = addressToText(a);
      assert.equal(text.length, 46);
      assert.equal(addressFromText(text), a);
      assert.equal(addressFromText(text.toUpperCase()), a);
      assert.throws(
        () => addressFromText(`O${text.slice(1)}`),
        (e) => isCryptoError(e, "addressText"),
      );
      assert.equal(text, bech32.encode("oasis", bech32.toWords(bytesOf(a))), "another implementation");
    }),
  );
});

test("bech32m, another prefix and another length are refused", () => {
  const words = bech32.toWords(bytesOf(reservedAddresses.burn));
  const refused = (text: string) => {
    try {
      addressFromText(text);
    } catch (e) {
      return e instanceof CryptoError ? e.kind : "not typed";
    }
    return "accepted";
  };
  assert.equal(refused(bech32m.encode("oasis", words)), "addressText");
  assert.equal(refused(bech32.encode("rofl", words)), "addressPrefix");
  assert.equal(refused(bech32Encode("oasis", new Uint8Array(20))), "malformedAddress");
  assert.equal(refused(bech32Encode("oasis", new Uint8Array(22))), "malformedAddress");
  assert.equal(refused(bech32.encode("oasis", [...words, 0])), "addressText", "an incomplete group");
});

test("any text either decodes to what encodes to it, or fails with a typed error", () => {
  const charset = fc.constantFrom(...Array.from("qpzry9x8gf2tvdw0s3jn54khce6mua7l1OASIS"));
  const any = fc.oneof(
    fc.string({ maxLength: 100 }),
    fc.array(charset, { maxLength: 95 }).map((c) => c.join("")),
  );
  fc.assert(
    fc.property(any, (text) => {
      try {
        const { prefix, data } = bech32Decode(text);
        assert.equal(bech32Encode(prefix, data), text.toLowerCase());
      } catch (e) {
        assert.ok(isCryptoError(e, "bech32"), String(e));
      }
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (data) => {
      assert.deepEqual(bech32Decode(bech32Encode("x", data)), { prefix: "x", data });
    }),
  );
});

test("reserved accounts are the four of the network; the zero address is none of them", () => {
  assert.deepEqual(
    Object.values(reservedAddresses).map((a) => addressToText(a)),
    [
      "oasis1qrmufhkkyyf79s5za2r8yga9gnk4t446dcy3a5zm",
      "oasis1qqnv3peudzvekhulf8v3ht29z4cthkhy7gkxmph5",
      "oasis1qp65laz8zsa9a305wxeslpnkh9x4dv2h2qhjz0ec",
      "oasis1qzq8u7xs328puu2jy524w3fygzs63rv3u5967970",
    ],
  );
  for (const a of Object.values(reservedAddresses)) assert.ok(isReservedAddress(a));
  assert.ok(!isReservedAddress(ZERO_ADDRESS));
  assert.equal(addressToText(ZERO_ADDRESS), "oasis1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq0ltrq9");
});

test("kinds of accounts never share an address for the same data", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (data) => {
      const all = [
        stakingAddress(publicKeyFromBytes(data)),
        sr25519Address(data),
        multisigAddress(data),
        ethAccountAddress(data.subarray(0, 20)),
        sdkModuleAddress("m", data),
        moduleAddress("m", toHex(data)),
        deriveAddress("oasis-core/address: runtime", data),
        roflAppIdFromName(toHex(data)),
      ];
      assert.equal(new Set(all).size, all.length);
      assert.ok(all.every((a) => a.startsWith("00") && a.length === 42));
    }),
  );
  assert.throws(
    () => ethAccountAddress(new Uint8Array(21)),
    (e) => isCryptoError(e, "malformedAddress"),
  );
  assert.throws(
    () => sr25519Address(new Uint8Array(31)),
    (e) => isCryptoError(e, "malformedPublicKey"),
  );
});

test("vaults of one creator are told apart by number", () => {
  const creator = reservedAddresses.commonPool;
  assert.notEqual(vaultAddress(creator, 0n), vaultAddress(creator, 1n));
  assert.equal(
    vaultAddress(creator, 2n ** 64n - 1n),
    moduleAddress("vault", `vault.${addressToText(creator)}.18446744073709551615`),
  );
});

test("Ethereum addresses are the end of the hash of the uncompressed key", () => {
  // The key of private scalar 1.
  const compressed = secp256k1.Point.BASE.toBytes(true);
  assert.equal(toHex(ethAddressOfKey(compressed)), "7e5f4552091a69125d5dfcb7b8c2659029395bdf");
  assert.deepEqual(ethAddressOfKey(secp256k1.Point.BASE.toBytes(false)), ethAddressOfKey(compressed));
  assert.equal(secp256k1EthAddress(compressed), ethAccountAddress(fromHex("7e5f4552091a69125d5dfcb7b8c2659029395bdf")));
  for (const bad of [new Uint8Array(33), new Uint8Array(0), new Uint8Array(33).fill(2, 0, 1).fill(0xff, 1)]) {
    assert.throws(
      () => ethAddressOfKey(bad),
      (e) => isCryptoError(e, "malformedPublicKey"),
    );
  }
});

test("ROFL application IDs", () => {
  const creator = reservedAddresses.burn;
  const data = Uint8Array.from([...bytesOf(creator), 0, 0, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0, 3]);
  const id = roflAppIdFromRound(creator, 0x102n, 3);
  assert.equal(id, deriveAddress("oasis-sdk/rofl: cri app id", data));
  assert.equal(roflAppIdFromNonce(creator, 0x102n), deriveAddress("oasis-sdk/rofl: cn app id", data.subarray(0, 29)));
  assert.equal(roflAppIdFromName("x"), deriveAddress("oasis-sdk/rofl: global name app id", utf8("x")));
  assert.match(roflAppIdToText(id), /^rofl1/);
  assert.equal(roflAppIdFromText(roflAppIdToText(id)), id);
  assert.throws(
    () => roflAppIdFromText(addressToText(id)),
    (e) => isCryptoError(e, "addressPrefix"),
  );
});

test("amounts for people", () => {
  const cases: [bigint, number, string][] = [
    [10000000000000000000n, 9, "10000000000.0"],
    [7999217230119600000n, 9, "7999217230.1196"],
    [0n, 9, "0.0"],
    [0n, 0, "0.0"],
    [1n, 9, "0.000000001"],
    [10n, 1, "1.0"],
    [123n, 20, "0.00000000000000000123"],
    [10000000000000000001n, 0, "10000000000000000001.0"],
  ];
  for (const [amount, exponent, text] of cases) assert.equal(formatTokens(amount, exponent), text);
  assert.throws(
    () => formatTokens(1n, 21),
    (e) => isError(e, invalidTokenExponent),
  );
  assert.equal(formatAmount(100000000000n, { symbol: "ROSE", exponent: 9 }, "-"), "-100.0 ROSE");
  assert.equal(formatAmount(100000000n, { symbol: "TOOBIG", exponent: 21 }), "100000000 base units");
  assert.equal(formatAmount(100000n, { symbol: "SOMETHINGLONG", exponent: 6 }, "+"), "+100000 base units");
  assert.equal(formatAmount(5n, { exponent: 6 }), "5 base units");
  assert.equal(formatAmount(5n, { symbol: "NOEXP" }), "5 base units");
  for (const [symbol, valid] of [
    ["ROSE", true],
    ["A", true],
    ["ABCDEFGHI", false],
    ["", false],
    ["rose", false],
    ["A1", false],
    ["A\n", false],
  ] as const) {
    assert.equal(isValidTokenSymbol(symbol), valid, symbol);
  }
});
