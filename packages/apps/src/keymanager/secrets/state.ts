// Reading and writing the state of master and ephemeral secrets, without rules.
// Reference: go/consensus/cometbft/apps/keymanager/secrets/state/state.go.
import type { Namespace, secrets } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { CorruptedStateError } from "../../framework/errors.ts";
import type { State } from "../../framework/state.ts";
import { keys } from "../keys.ts";

export function parameters(state: State): secrets.ConsensusParameters {
  return state.must(keys.parameters.at());
}

/** Only in InitChain and EndBlock, as the reference has it: elsewhere it is a bug. */
export function setParameters(ctx: Context, changed: secrets.ConsensusParameters): void {
  if (ctx.mode !== "init-chain" && ctx.mode !== "end-block") {
    throw new CorruptedStateError(`key manager parameters set in ${ctx.mode}`);
  }
  ctx.state.set(keys.parameters.at(), changed);
}

/** The status of a key manager; none before its first epoch. */
export function status(state: State, runtime: Namespace): secrets.Status | undefined {
  return state.get(keys.statuses.at({ runtime }));
}

/** All statuses by hash of the runtime ID. */
export function statuses(state: State): secrets.Status[] {
  return state.list(keys.statuses.all()).map(({ value }) => value);
}

export function setStatus(state: State, changed: secrets.Status): void {
  state.set(keys.statuses.at({ runtime: changed.id }), changed);
}

/** The last proposal for a master secret. */
export function masterSecret(state: State, runtime: Namespace): secrets.SignedEncryptedMasterSecret | undefined {
  return state.get(keys.masterSecrets.at({ runtime }));
}

/** Replaces an earlier proposal. */
export function setMasterSecret(state: State, published: secrets.SignedEncryptedMasterSecret): void {
  state.set(keys.masterSecrets.at({ runtime: published.secret.runtimeId }), published);
}

/** The last ephemeral secret. */
export function ephemeralSecret(state: State, runtime: Namespace): secrets.SignedEncryptedEphemeralSecret | undefined {
  return state.get(keys.ephemeralSecrets.at({ runtime }));
}

/** Replaces the one of an earlier epoch. */
export function setEphemeralSecret(state: State, published: secrets.SignedEncryptedEphemeralSecret): void {
  state.set(keys.ephemeralSecrets.at({ runtime: published.secret.runtimeId }), published);
}
