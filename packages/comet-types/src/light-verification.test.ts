import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isError, type ErrorKind } from "@wadi/util";
import type { HexHash } from "./brands.ts";
import {
  ErrDoubleVote,
  ErrInvalid,
  ErrInvalidHeader,
  ErrInvalidTrustLevel,
  ErrNewValSetCantBeTrusted,
  ErrNotThisStep,
  ErrOldHeaderExpired,
} from "./errors.ts";
import { headerHash } from "./header.ts";
import {
  decodeLightBlock,
  encodeLightBlock,
  encodeServedLightBlock,
  validateLightBlock,
  validateSignedHeader,
} from "./light-block.ts";
import {
  DEFAULT_TRUST_LEVEL,
  validateTrustLevel,
  verifyAdjacent,
  verifyBackwards,
  verifyNonAdjacent,
  verifyStep,
  type LightVerification,
} from "./light-verification.ts";
import {
  CHAIN_ID,
  HASH_A,
  HASH_B,
  START_TIME,
  blockIdWith,
  nativeVerifier,
  signedHeaderAt,
  signersWith,
} from "./testing/fixtures.ts";

const old = signersWith([10n, 10n, 10n]);
const young = signersWith([10n, 10n, 10n], 20);
const SECOND = 1_000_000_000n;
const options: LightVerification = {
  trustingPeriod: 3600n * SECOND,
  now: START_TIME + 100n * SECOND,
  maxClockDrift: 10n * SECOND,
  trustLevel: DEFAULT_TRUST_LEVEL,
  verifier: nativeVerifier(),
};

const trusted = { ...signedHeaderAt(1, old), validators: old.set };
const refused = (check: () => unknown, kind: ErrorKind, text?: RegExp): void =>
  assert.throws(check, (e) => {
    assert.ok(isError(e, kind), String(e));
    if (text) assert.match((e as Error).message, text);
    return true;
  });

describe("light client steps", () => {
  it("follows a change of all validators one height at a time, and only so", () => {
    const leaving = signedHeaderAt(2, old, { nextValidatorsHash: young.set.hash });
    const joined = signedHeaderAt(3, young);
    const far = signedHeaderAt(9, young);
    verifyStep(trusted, { signedHeader: leaving, validators: old.set }, options);
    verifyAdjacent(leaving, { signedHeader: joined, validators: young.set }, options);
    const jump = { signedHeader: far, validators: young.set };
    refused(() => verifyStep(trusted, jump, options), ErrNewValSetCantBeTrusted, /got 0, needed more than 10/);
    verifyNonAdjacent({ ...joined, validators: young.set }, jump, options);
  });

  it("refuses other validators than announced", () => {
    const joined = signedHeaderAt(2, young);
    refused(
      () => verifyStep(trusted, { signedHeader: joined, validators: young.set }, options),
      ErrInvalid,
      /expected old header next validators/,
    );
  });

  it("knows its own kind of step", () => {
    const next = { signedHeader: signedHeaderAt(2, old), validators: old.set };
    const far = { signedHeader: signedHeaderAt(3, old), validators: old.set };
    refused(() => verifyNonAdjacent(trusted, next, options), ErrNotThisStep);
    refused(() => verifyAdjacent(trusted, far, options), ErrNotThisStep);
    const nothing = { signedHeader: { header: undefined, commit: undefined }, validators: old.set };
    refused(() => verifyStep(trusted, nothing, options), ErrInvalidHeader, /missing header/);
    const bare = { signedHeader: { ...far.signedHeader, commit: undefined }, validators: old.set };
    refused(() => verifyStep(trusted, bare, options), ErrInvalidHeader, /missing commit/);
  });

  it("is strict about time at both edges", () => {
    const next = { signedHeader: signedHeaderAt(2, old), validators: old.set };
    const expiry = trusted.header.time + options.trustingPeriod;
    refused(() => verifyStep(trusted, next, { ...options, now: expiry }), ErrOldHeaderExpired);
    verifyStep(trusted, next, { ...options, now: expiry - 1n });
    const edge = next.signedHeader.header.time - options.maxClockDrift;
    refused(() => verifyStep(trusted, next, { ...options, now: edge }), ErrInvalidHeader, /from the future/);
    verifyStep(trusted, next, { ...options, now: edge + 1n });
    const same = { signedHeader: signedHeaderAt(2, old, { time: trusted.header.time }), validators: old.set };
    refused(() => verifyStep(trusted, same, options), ErrInvalidHeader, /to be after old header time/);
  });

  it("passes a double vote on as it is", () => {
    const far = signedHeaderAt(9, old);
    const [first] = far.commit.signatures;
    if (first === undefined) assert.fail("no signature");
    const twice = { ...far, commit: { ...far.commit, signatures: [first, first, first] } };
    const strict = { ...options, trustLevel: { numerator: 2n, denominator: 3n } };
    refused(() => verifyStep(trusted, { signedHeader: twice, validators: old.set }, strict), ErrDoubleVote);
  });

  it("limits trust levels", () => {
    validateTrustLevel({ numerator: 1n, denominator: 3n });
    validateTrustLevel({ numerator: 1n, denominator: 1n });
    for (const [numerator, denominator] of [
      [1n, 4n],
      [4n, 3n],
      [0n, 0n],
      [1n, 0n],
    ] as const) {
      refused(() => validateTrustLevel({ numerator, denominator }), ErrInvalidTrustLevel);
    }
  });

  it("goes back by hashes", () => {
    const { header } = trusted;
    const above = signedHeaderAt(2, old, { lastBlockId: blockIdWith(headerHash(header)) }).header;
    verifyBackwards(header, above);
    refused(() => verifyBackwards({ ...header, appHash: HASH_B }, above), ErrInvalidHeader, /does not match/);
    refused(() => verifyBackwards({ ...header, chainId: "other" }, above), ErrInvalidHeader, /another chain/);
    refused(() => verifyBackwards({ ...header, time: above.time }, above), ErrInvalidHeader, /to be before/);
    refused(() => verifyBackwards({ ...header, height: 0 }, above), ErrInvalidHeader, /zero Height/);
  });
});

describe("light blocks", () => {
  const signedHeader = signedHeaderAt(4, old);
  const block = { signedHeader, validatorSet: old.set };

  it("goes through its forms", () => {
    assert.deepEqual(
      validateLightBlock(decodeLightBlock(encodeLightBlock(block)), CHAIN_ID).signedHeader,
      signedHeader,
    );
    const served = encodeServedLightBlock(block);
    assert.notDeepEqual(served, encodeLightBlock(block));
    assert.deepEqual(encodeLightBlock(decodeLightBlock(served)), encodeLightBlock(block));
  });

  it("may lack parts, and is then not valid", () => {
    const empty = decodeLightBlock(new Uint8Array(0));
    assert.deepEqual(empty, { signedHeader: undefined, validatorSet: undefined });
    refused(() => validateLightBlock(empty, CHAIN_ID), ErrInvalid, /missing signed header/);
    const early = decodeLightBlock(encodeServedLightBlock({ signedHeader: undefined, validatorSet: old.set }));
    refused(() => validateLightBlock(early, CHAIN_ID), ErrInvalid, /missing signed header/);
    const alone = { signedHeader, validatorSet: undefined };
    refused(() => validateLightBlock(alone, CHAIN_ID), ErrInvalid, /missing validator set/);
    assert.deepEqual(encodeServedLightBlock(alone), encodeLightBlock(alone));
  });

  it("is one piece", () => {
    refused(
      () => validateLightBlock({ ...block, validatorSet: young.set }, CHAIN_ID),
      ErrInvalid,
      /expected validator hash/,
    );
    refused(() => validateLightBlock(block, "other"), ErrInvalid, /another chain "fixture-chain", not "other"/);
    const { header, commit } = signedHeader;
    const otherHeight = { header, commit: { ...commit, height: 5 } };
    refused(() => validateSignedHeader(otherHeight, CHAIN_ID), ErrInvalid, /height mismatch: 4 vs 5/);
    const otherHash = { header: { ...header, appHash: HASH_A.replaceAll("a", "d") as HexHash }, commit };
    refused(() => validateSignedHeader(otherHash, CHAIN_ID), ErrInvalid, /commit signs block/);
  });
});
