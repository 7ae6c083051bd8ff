// Refusals of the CometBFT data model. The pair (module, code) says which rule was broken and is
// what callers test; the text is the reference's where other parties see it (light client,
// evidence) and carries the details of the case.
import { registerError, WadiError, type ErrorKind } from "@wadi/util";

const module = "cometbft/types";

/** A rule of basic validity: something is wrong with the object by itself. */
export const ErrInvalid = registerError(module, 1, "invalid data");
/** A public key of another type or size. */
export const ErrInvalidKey = registerError(module, 2, "invalid public key");
export const ErrInvalidProof = registerError(module, 3, "invalid merkle proof");
export const ErrPartSetUnexpectedIndex = registerError(module, 4, "error part set unexpected index");
export const ErrPartSetInvalidProof = registerError(module, 5, "error part set invalid proof");
/** A validator set that cannot be (order of rules: keys, power, proposer). */
export const ErrInvalidValidatorSet = registerError(module, 6, "invalid validator set");
/** A change set that is refused as a whole. */
export const ErrInvalidChangeSet = registerError(module, 7, "invalid validator changes");
/** Number of signatures, height or block of a commit are not the expected ones. */
export const ErrCommitMismatch = registerError(module, 8, "invalid commit");
/** A signature of a commit does not verify; data: index. */
export const ErrWrongSignature = registerError(module, 9, "wrong signature");
/** Too little voting power signed; data: got, needed. */
export const ErrNotEnoughPower = registerError(module, 10, "invalid commit -- insufficient voting power");
/** Two signatures of one validator in one commit. */
export const ErrDoubleVote = registerError(module, 11, "double vote");
/** A vote by somebody else than the given key. */
export const ErrVoteInvalidAddress = registerError(module, 12, "invalid validator address");
export const ErrVoteInvalidSignature = registerError(module, 13, "invalid signature");
/** Evidence that does not prove what it claims. */
export const ErrInvalidEvidence = registerError(module, 14, "invalid evidence");
/** The trusted header is too old to trust anything from it. */
export const ErrOldHeaderExpired = registerError(module, 15, "old header has expired");
/** The new header is not valid or not signed by its own validators. */
export const ErrInvalidHeader = registerError(module, 16, "invalid header");
/** Too few trusted validators signed: a header in between is needed. */
export const ErrNewValSetCantBeTrusted = registerError(module, 17, "cant trust new val set");
/** A trust level outside 1/3 to 1, or too large to compute with. */
export const ErrInvalidTrustLevel = registerError(module, 18, "invalid trust level");
/** A step between heights that the called rule is not for. */
export const ErrNotThisStep = registerError(module, 19, "wrong kind of header step");

/** An error of a kind with the full text of the case. */
export function refusal(kind: ErrorKind, text: string, data?: Readonly<Record<string, unknown>>): WadiError {
  return new WadiError({ ...kind, text }, data === undefined ? {} : { data });
}

/** Runs a check and puts words in front of the text of its refusal, keeping the kind. */
export function within<T>(prefix: string, check: () => T): T {
  try {
    return check();
  } catch (e) {
    if (!(e instanceof WadiError)) throw e;
    const { module: of, code } = e;
    throw new WadiError(
      { module: of, code, text: `${prefix}${e.message}` },
      { cause: e, ...(e.data && { data: e.data }) },
    );
  }
}
