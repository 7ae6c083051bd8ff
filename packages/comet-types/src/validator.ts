import type { PublicKey } from "@wadi/crypto";
import { addressOfKey, type ConsensusAddress } from "./brands.ts";
import { ErrInvalidKey, ErrInvalidValidatorSet, refusal } from "./errors.ts";
import { SimpleValidator, type PublicKeyMessage, type ValidatorMessage } from "./wire/validators.ts";

/** A member of a validator set. Power and priority are int64, hence bigint. */
export interface Validator {
  readonly address: ConsensusAddress;
  readonly publicKey: PublicKey;
  readonly votingPower: bigint;
  readonly proposerPriority: bigint;
}

/** A validator that is to join a set, change its power, or (power 0) leave. */
export type ValidatorChange = Omit<Validator, "proposerPriority">;

/** A validator's new power; 0 removes it from a set. */
export function validatorChange(publicKey: PublicKey, votingPower: bigint): ValidatorChange {
  return { address: addressOfKey(publicKey), publicKey, votingPower };
}

const ED25519_KEY_SIZE = 32;

/** The Ed25519 key of a message; ErrInvalidKey for another type (secp256k1 is never enabled) or size. */
export function publicKeyFromMessage(message: PublicKeyMessage): PublicKey {
  if (message.sum?.case !== "ed25519") {
    throw refusal(ErrInvalidKey, `fromproto: key type ${message.sum?.case ?? "<nil>"} is not supported`);
  }
  const size = message.sum.value.length / 2;
  if (size !== ED25519_KEY_SIZE) {
    throw refusal(ErrInvalidKey, `invalid size for PubKeyEd25519. Got ${size}, expected ${ED25519_KEY_SIZE}`);
  }
  return message.sum.value;
}

/** The wire form of an Ed25519 key. */
export function publicKeyToMessage(publicKey: PublicKey): PublicKeyMessage {
  return { sum: { case: "ed25519", value: publicKey } };
}

/** Checks the key only, as the reference does at this point; see `validateValidator`. */
export function validatorFromMessage(message: ValidatorMessage | undefined): Validator {
  if (message === undefined) throw refusal(ErrInvalidValidatorSet, "nil validator");
  return {
    address: message.address,
    publicKey: publicKeyFromMessage(message.pubKey),
    votingPower: message.votingPower,
    proposerPriority: message.proposerPriority,
  };
}

/** The wire form of a validator, with its priority. */
export function validatorToMessage(validator: Validator): ValidatorMessage {
  return {
    address: validator.address,
    pubKey: publicKeyToMessage(validator.publicKey),
    votingPower: validator.votingPower,
    proposerPriority: validator.proposerPriority,
  };
}

/** Power not negative, address that of the key; throws ErrInvalidValidatorSet. */
export function validateValidator(validator: ValidatorChange): void {
  if (validator.votingPower < 0n) throw refusal(ErrInvalidValidatorSet, "validator has negative voting power");
  const expected = addressOfKey(validator.publicKey);
  if (validator.address === expected) return;
  const texts = `Exp: ${expected.toUpperCase()}, got ${validator.address.toUpperCase()}`;
  throw refusal(ErrInvalidValidatorSet, `validator address is incorrectly derived from pubkey. ${texts}`);
}

/** The leaf of a validator in the set's hash: key and power. */
export function simpleValidatorBytes(validator: ValidatorChange): Uint8Array {
  return SimpleValidator.encode({
    pubKey: publicKeyToMessage(validator.publicKey),
    votingPower: validator.votingPower,
  });
}

/** Order of a set: power descending, then address ascending. */
export function compareByPower(a: ValidatorChange, b: ValidatorChange): number {
  if (a.votingPower !== b.votingPower) return a.votingPower > b.votingPower ? -1 : 1;
  return a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
}
