// Stateless rules of runtime messages and executor commitments.
// Reference: ValidateBasic in go/roothash/api/commitment/executor.go and go/roothash/api/message.
import { ValidationError } from "../validation-error.ts";
import { executorCommitmentFailures, type ExecutorCommitment } from "./commitment.ts";
import type { Message } from "./message.ts";

function countSet(members: readonly unknown[]): number {
  return members.filter((member) => member !== null).length;
}

/** Throws ValidationError. Only the first set member is judged, as in the reference. */
export function validateMessage(message: Message): void {
  const { staking, registry, governance } = message;
  if (staking !== null) {
    const set = countSet([staking.transfer, staking.withdraw, staking.addEscrow, staking.reclaimEscrow]);
    if (set === 0) throw new ValidationError("staking runtime message has no fields set");
    if (set > 1) throw new ValidationError("staking runtime message has multiple fields set");
  } else if (registry !== null) {
    if (registry.updateRuntime === null) throw new ValidationError("registry runtime message has no fields set");
  } else if (governance !== null) {
    const set = countSet([governance.castVote, governance.submitProposal]);
    if (set === 0) throw new ValidationError("governance runtime message has no fields set");
    if (set > 1) throw new ValidationError("governance runtime message has multiple fields set");
  } else {
    throw new ValidationError("runtime message has no fields set");
  }
}

function requireSet(value: unknown, what: string): void {
  if (value === null) throw new ValidationError(`missing ${what}`);
}

function requireUnset(unset: boolean, what: string): void {
  if (!unset) throw new ValidationError(`failure indicating commitment includes ${what}`);
}

/** Throws ValidationError. */
export function validateExecutorCommitment(commitment: ExecutorCommitment): void {
  const { header, failure, rakSig } = commitment.header;
  switch (failure) {
    case executorCommitmentFailures.none:
      requireSet(header.ioRoot, "IORoot");
      requireSet(header.stateRoot, "StateRoot");
      requireSet(header.messagesHash, "messages hash");
      requireSet(header.inMsgsHash, "incoming messages hash");
      commitment.messages.forEach(validateMessage);
      return;
    case executorCommitmentFailures.unknown:
    case executorCommitmentFailures.stateUnavailable:
      requireUnset(header.ioRoot === null, "IORoot");
      requireUnset(header.stateRoot === null, "StateRoot");
      requireUnset(header.messagesHash === null, "MessagesHash");
      requireUnset(header.inMsgsHash === null && header.inMsgsCount === 0, "InMessagesHash/Count");
      requireUnset(rakSig === null, "RAK signature");
      requireUnset(commitment.messages.length === 0, "messages");
      return;
    default:
      throw new ValidationError(`invalid failure: ${failure}`);
  }
}
