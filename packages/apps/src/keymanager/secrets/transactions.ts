// Methods of key managers. All rules come before gas is charged.
// Reference: go/consensus/cometbft/apps/keymanager/secrets/txs.go.
import { create, encodeCbor } from "@wadi/codec";
import { bindContext, signatureContexts } from "@wadi/crypto";
import { events, secrets, type registry, type transaction } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { refusePlain } from "../../framework/errors.ts";
import { isFeatureVersion261 } from "../../registry/lookup.ts";
import { nodes } from "../../registry/state.ts";
import { keyManagerRuntime, requireOwner } from "../runtimes.ts";
import { verifiedResponses } from "./init-response.ts";
import {
  committeeKeys,
  publisherFor,
  requireEncryption,
  requireFirstOf,
  requireNextEpoch,
  requireSignature,
} from "./publication.ts";
import {
  ephemeralSecret,
  masterSecret,
  parameters,
  setEphemeralSecret,
  setMasterSecret,
  setStatus,
  status,
} from "./state.ts";
import { generateStatus, nextGeneration, rotationProblem } from "./status.ts";

const { eventKinds } = events;
const MASTER_SECRET_CONTEXT = bindContext(signatureContexts.encryptedMasterSecret);
const EPHEMERAL_SECRET_CONTEXT = bindContext(signatureContexts.encryptedEphemeralSecret);

/**
 * Schedules a policy for the next epoch. It succeeds the policy in force, so one that is only
 * scheduled can be replaced by any other. Before 26.1 it took effect at once, with a committee of
 * those nodes that already followed it.
 */
export function updatePolicy(ctx: Context, signed: secrets.SignedPolicySGX, quotes: registry.QuoteVerifier): void {
  const { state } = ctx;
  const { id } = signed.policy;
  const keyManager = keyManagerRuntime(state, id);
  requireOwner(keyManager, ctx.signer);
  const old = status(state, id) ?? create(secrets.Status, { id });
  const problem = secrets.policyProblem(old.policy, signed, ctx.verifier);
  if (problem !== undefined) refusePlain(problem.what, { member: problem.member });
  if (!chargeGas(ctx, "update_policy")) return;

  const scheduled: secrets.Status = { ...old, nextPolicy: signed };
  const next = isFeatureVersion261(ctx)
    ? scheduled
    : generateStatus({
        old: scheduled,
        proposal: undefined,
        nodes: nodes(state),
        epoch: ctx.currentEpoch(),
        verifiedResponse: verifiedResponses(ctx, keyManager, quotes),
      });
  setStatus(state, next);
  ctx.emit(eventKinds.keymanagerStatus, { statuses: [next] });
}

/**
 * Proposes the next generation of the master secret. It is accepted at the next epoch if enough
 * of the committee have replicated it by then; otherwise another one can be proposed.
 */
export function publishMasterSecret(ctx: Context, published: secrets.SignedEncryptedMasterSecret): void {
  const { state } = ctx;
  const { secret, signature } = published;
  const { runtimeId, epoch } = secret;
  const publisher = publisherFor(ctx, runtimeId);
  requireFirstOf(epoch, masterSecret(state, runtimeId));
  const problem = rotationProblem(publisher.status, epoch);
  if (problem !== undefined) refusePlain(problem, { epoch, rotationEpoch: publisher.status.rotationEpoch });

  const keys = committeeKeys(ctx, publisher);
  const generation = nextGeneration(publisher.status);
  if (secret.generation !== generation) {
    refusePlain("the secret is not of the next generation", { generation: secret.generation, expected: generation });
  }
  requireNextEpoch(ctx, epoch);
  requireEncryption(secret.secret, keys);
  const message = encodeCbor(secrets.EncryptedMasterSecret, secret);
  requireSignature(ctx, keys, MASTER_SECRET_CONTEXT, message, signature);
  if (!chargeGas(ctx, "publish_master_secret")) return;

  setMasterSecret(state, published);
  ctx.emit(eventKinds.keymanagerMasterSecret, { secret: published });
}

/** Publishes the ephemeral secret of the next epoch; the first one stays. */
export function publishEphemeralSecret(ctx: Context, published: secrets.SignedEncryptedEphemeralSecret): void {
  const { state } = ctx;
  const { secret, signature } = published;
  const { runtimeId, epoch } = secret;
  const publisher = publisherFor(ctx, runtimeId);
  requireFirstOf(epoch, ephemeralSecret(state, runtimeId));

  const keys = committeeKeys(ctx, publisher);
  requireNextEpoch(ctx, epoch);
  requireEncryption(secret.secret, keys);
  const message = encodeCbor(secrets.EncryptedEphemeralSecret, secret);
  requireSignature(ctx, keys, EPHEMERAL_SECRET_CONTEXT, message, signature);
  if (!chargeGas(ctx, "publish_ephemeral_secret")) return;

  setEphemeralSecret(state, published);
  ctx.emit(eventKinds.keymanagerEphemeralSecret, { secret: published });
}

/** False where the transaction ends before it changes anything: in CheckTx without a charge, in simulation after it. */
function chargeGas(ctx: Context, op: transaction.Op): boolean {
  if (ctx.isCheck) return false;
  ctx.useGas(1, op, parameters(ctx.state).gasCosts);
  return !ctx.isSimulation;
}
