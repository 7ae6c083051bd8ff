// Steps of the light client between two headers (light/verifier.go of the fork). Time is an input.
import { isError, WadiError } from "@wadi/util";
import { verifyCommitLight, verifyCommitTrusting, type Fraction } from "./commit-verification.ts";
import {
  ErrInvalid,
  ErrInvalidHeader,
  ErrInvalidTrustLevel,
  ErrNewValSetCantBeTrusted,
  ErrNotEnoughPower,
  ErrNotThisStep,
  ErrOldHeaderExpired,
  refusal,
  within,
} from "./errors.ts";
import { durationText, timeText, type DurationNs, type TimeNs } from "./go-time.ts";
import { headerHash, validateHeader } from "./header.ts";
import { validateSignedHeader, type SignedHeader } from "./light-block.ts";
import type { EngineVerifier } from "./engine-verifier.ts";
import type { ValidatorSet } from "./validator-set.ts";
import type { Header } from "./wire/basics.ts";
import type { SignedHeaderMessage } from "./wire/blocks.ts";

/** One third: enough that one honest validator of the trusted set signed. */
export const DEFAULT_TRUST_LEVEL: Fraction = { numerator: 1n, denominator: 3n };

/** How a step is judged. */
export interface LightVerification {
  readonly trustingPeriod: DurationNs;
  readonly now: TimeNs;
  /** How far ahead of `now` a header may be. */
  readonly maxClockDrift: DurationNs;
  /** For steps of more than one height. */
  readonly trustLevel: Fraction;
  readonly verifier: EngineVerifier;
}

/** A header that is trusted, with the set of its height. */
export interface TrustedHeader extends SignedHeader {
  readonly validators: ValidatorSet;
}

/** A header to be checked, with the set that came with it. */
export interface UntrustedHeader {
  readonly signedHeader: SignedHeaderMessage;
  readonly validators: ValidatorSet;
}

/** Throws ErrInvalidTrustLevel outside 1/3 to 1. */
export function validateTrustLevel({ numerator, denominator }: Fraction): void {
  if (denominator !== 0n && numerator * 3n >= denominator && numerator <= denominator) return;
  const given = `{${numerator} ${denominator}}`;
  throw refusal(ErrInvalidTrustLevel, `trustLevel must be within [1/3, 1], given ${given}`);
}

/** True from the moment the trusting period has passed. */
export function isExpired(header: Header, trustingPeriod: DurationNs, now: TimeNs): boolean {
  return header.time + trustingPeriod <= now;
}

function checkNotExpired(header: Header, { trustingPeriod, now }: LightVerification): void {
  if (!isExpired(header, trustingPeriod, now)) return;
  const at = timeText(header.time + trustingPeriod);
  throw refusal(ErrOldHeaderExpired, `old header has expired at ${at} (now: ${timeText(now)})`);
}

/** Turns any refusal of a check into ErrInvalidHeader with its reason. */
function asInvalidHeader<T>(check: () => T): T {
  try {
    return check();
  } catch (e) {
    if (!(e instanceof WadiError)) throw e;
    throw new WadiError(ErrInvalidHeader, { context: e.message, cause: e });
  }
}

const upper = (hash: string): string => hash.toUpperCase();

/** The untrusted header by itself and against the trusted one, without signatures. */
function checkNewHeader(untrusted: UntrustedHeader, trusted: Header, options: LightVerification): SignedHeader {
  const signed = within("untrustedHeader.ValidateBasic failed: ", () =>
    validateSignedHeader(untrusted.signedHeader, trusted.chainId),
  );
  const { header } = signed;
  if (header.height <= trusted.height) {
    const text = `expected new header height ${header.height} to be greater than one of old header ${trusted.height}`;
    throw refusal(ErrInvalid, text);
  }
  if (header.time <= trusted.time) {
    const texts = [timeText(header.time), timeText(trusted.time)];
    throw refusal(ErrInvalid, `expected new header time ${texts.join(" to be after old header time ")}`);
  }
  if (header.time >= options.now + options.maxClockDrift) {
    const limits = `(now: ${timeText(options.now)}; max clock drift: ${durationText(options.maxClockDrift)})`;
    throw refusal(ErrInvalid, `new header has a time from the future ${timeText(header.time)} ${limits}`);
  }
  const { hash } = untrusted.validators;
  if (header.validatorsHash !== hash) {
    const texts = `(${upper(header.validatorsHash)}) to match those that were supplied (${upper(hash)})`;
    throw refusal(ErrInvalid, `expected new header validators ${texts} at height ${header.height}`);
  }
  return signed;
}

function checkOwnCommit(signed: SignedHeader, set: ValidatorSet, chainId: string, verifier: EngineVerifier): void {
  const { header, commit } = signed;
  const expected = { chainId, blockId: commit.blockId, height: header.height };
  asInvalidHeader(() => verifyCommitLight(set, commit, expected, verifier));
}

/**
 * The next height: its validators must be the ones the trusted header names as next. Throws
 * ErrNotThisStep, ErrOldHeaderExpired, ErrInvalidHeader, or ErrInvalid for other validators.
 */
export function verifyAdjacent(
  trusted: SignedHeader,
  untrusted: UntrustedHeader,
  options: LightVerification,
): SignedHeader {
  if (untrusted.signedHeader.header?.height !== trusted.header.height + 1) {
    throw refusal(ErrNotThisStep, "headers must be adjacent in height");
  }
  checkNotExpired(trusted.header, options);
  const signed = asInvalidHeader(() => checkNewHeader(untrusted, trusted.header, options));
  const expected = trusted.header.nextValidatorsHash;
  if (signed.header.validatorsHash !== expected) {
    const got = upper(signed.header.validatorsHash);
    const text = `expected old header next validators (${upper(expected)}) to match those from new header (${got})`;
    throw refusal(ErrInvalid, text);
  }
  checkOwnCommit(signed, untrusted.validators, trusted.header.chainId, options.verifier);
  return signed;
}

/**
 * Any later height: enough of the trusted set must have signed. Throws ErrNotThisStep,
 * ErrOldHeaderExpired, ErrInvalidHeader, ErrNewValSetCantBeTrusted (try a height in between),
 * and what verifyCommitTrusting throws besides.
 */
export function verifyNonAdjacent(
  trusted: TrustedHeader,
  untrusted: UntrustedHeader,
  options: LightVerification,
): SignedHeader {
  if (untrusted.signedHeader.header?.height === trusted.header.height + 1) {
    throw refusal(ErrNotThisStep, "headers must be non adjacent in height");
  }
  checkNotExpired(trusted.header, options);
  const signed = asInvalidHeader(() => checkNewHeader(untrusted, trusted.header, options));
  const { chainId } = trusted.header;
  try {
    verifyCommitTrusting(trusted.validators, signed.commit, chainId, options.trustLevel, options.verifier);
  } catch (e) {
    if (!(e instanceof WadiError) || !isError(e, ErrNotEnoughPower)) throw e;
    throw new WadiError(ErrNewValSetCantBeTrusted, { context: e.message, cause: e, ...(e.data && { data: e.data }) });
  }
  // Last, because a large untrusted set costs most.
  checkOwnCommit(signed, untrusted.validators, chainId, options.verifier);
  return signed;
}

/** One step to a later height by the rule for its distance; returns the header, now trusted. */
export function verifyStep(
  trusted: TrustedHeader,
  untrusted: UntrustedHeader,
  options: LightVerification,
): SignedHeader {
  return untrusted.signedHeader.header?.height === trusted.header.height + 1
    ? verifyAdjacent(trusted, untrusted, options)
    : verifyNonAdjacent(trusted, untrusted, options);
}

/** One step back, by the hash the trusted header has of the one before; throws ErrInvalidHeader. */
export function verifyBackwards(untrusted: Header, trusted: Header): void {
  asInvalidHeader(() => {
    validateHeader(untrusted);
    if (untrusted.chainId !== trusted.chainId) throw refusal(ErrInvalid, "header belongs to another chain");
    if (untrusted.time >= trusted.time) {
      const texts = [timeText(untrusted.time), timeText(trusted.time)];
      throw refusal(ErrInvalid, `expected older header time ${texts.join(" to be before new header time ")}`);
    }
    const hash = headerHash(untrusted);
    if (hash !== trusted.lastBlockId.hash) {
      const texts = `older header hash ${upper(hash)} does not match trusted header's last block`;
      throw refusal(ErrInvalid, `${texts} ${upper(trusted.lastBlockId.hash)}`);
    }
  });
}
