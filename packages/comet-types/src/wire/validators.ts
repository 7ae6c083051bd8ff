// Validators on the wire. Voting power and priority are bigint: powers add up to almost 2^60.
import { proto } from "@wadi/codec";
import type { PublicKey } from "@wadi/crypto";
import type { ConsensusAddress } from "../brands.ts";
import { MAX_VOTES } from "./basics.ts";

/** Only Ed25519 keys are in use; the other member exists so that it can be named when refused. */
export const PublicKeyMessage = proto.message("PublicKey", {
  sum: proto.oneof({ ed25519: proto.memberHex<PublicKey>(1), secp256k1: proto.memberBytes(2) }),
});
export type PublicKeyMessage = proto.Infer<typeof PublicKeyMessage>;

export const ValidatorMessage = proto.message("Validator", {
  address: proto.hex<ConsensusAddress>(1),
  pubKey: proto.required(2, PublicKeyMessage),
  votingPower: proto.int64(3),
  proposerPriority: proto.int64(4),
});
export type ValidatorMessage = proto.Infer<typeof ValidatorMessage>;

/** A validator as the set's hash sees it. */
export const SimpleValidator = proto.message("SimpleValidator", {
  pubKey: proto.optional(1, PublicKeyMessage),
  votingPower: proto.int64(2),
});

/** `totalVotingPower` is 0 in stored and hashed forms and filled in light blocks that Oasis serves. */
export const ValidatorSetMessage = proto.message("ValidatorSet", {
  validators: proto.repeated(1, ValidatorMessage, MAX_VOTES),
  proposer: proto.optional(2, ValidatorMessage),
  totalVotingPower: proto.int64(3),
});
export type ValidatorSetMessage = proto.Infer<typeof ValidatorSetMessage>;
