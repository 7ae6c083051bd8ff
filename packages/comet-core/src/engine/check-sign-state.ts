// Whether a private validator may go on at a chain: a sign state that was lost, or brought back from
// a backup, does not know what the key has signed since.
import type { EngineState } from "@wadi/comet-types";
import { WadiError } from "@wadi/util";
import { ErrSignStateMissing, ErrSignStateOld } from "../sign-state/errors.ts";
import type { PrivateValidator } from "../sign-state/private-validator.ts";
import { compareSignPositions, SignStep } from "../sign-state/sign-state.ts";
import type { BlockStore } from "../stores/block-store.ts";

/**
 * Throws ErrSignStateMissing for a validator of an existing chain without a sign state, and
 * ErrSignStateOld if the last commit has a later signature of the key than its sign state.
 */
export function checkSignState(validator: PrivateValidator, blocks: BlockStore, state: EngineState): void {
  const { lastBlockHeight: height } = state;
  if (height === 0) return;
  const index = state.lastValidators.indexOf(validator.address);
  const isValidator = index >= 0 || state.validators.has(validator.address);
  if (validator.isNew && isValidator) {
    const context = `bring back the newest copy of ${validator.stateName ?? "it"}; without one this key must not sign here again`;
    throw new WadiError(ErrSignStateMissing, { context, data: { height } });
  }
  const seen = blocks.loadSeenCommit(height);
  const signature = index < 0 ? undefined : seen?.signatures[index];
  if (seen === undefined || signature === undefined || signature.signature.length === 0) return;
  const signedLast = { height, round: seen.round, step: SignStep.precommit };
  if (compareSignPositions(validator.state, signedLast) >= 0) return;
  const { height: known, round, step } = validator.state;
  throw new WadiError(ErrSignStateOld, { context: `it knows of ${known}/${round}/${step}`, data: { height } });
}
