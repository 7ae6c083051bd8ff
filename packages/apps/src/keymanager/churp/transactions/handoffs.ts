// Nodes take part in handoffs: they apply in the epoch before, and confirm in the handoff's own.
// Reference: go/consensus/cometbft/apps/keymanager/churp/txs.go.
import { encodeCbor } from "@wadi/codec";
import { bindContext, signatureContexts, type FullContext } from "@wadi/crypto";
import { churp, node as nodeTypes, registry } from "@wadi/types";

import type { Context } from "../../../framework/context.ts";
import { refusePlain } from "../../../framework/errors.ts";
import { attestationKeyOf, keyManagerRuntime, registeredNode } from "../../runtimes.ts";
import { areHandoffsDisabled, finalizeHandoff } from "../handoff.ts";
import { chargeGas, nextEpoch, requireStatus, store } from "./shared.ts";

const APPLICATION_CONTEXT = bindContext(signatureContexts.churpApplicationRequest);
const CONFIRMATION_CONTEXT = bindContext(signatureContexts.churpConfirmationRequest);

/** A node applies for the next committee, once per handoff, so that it cannot change its checksum. */
export function applyForHandoff(ctx: Context, { application, signature }: churp.SignedApplicationRequest): void {
  if (!chargeGas(ctx, "apply")) return;

  const { signer } = ctx;
  const keyManager = keyManagerRuntime(ctx.state, application.runtimeId);
  const status = requireHandoffIn(ctx, application, nextEpoch(ctx));
  if (status.applications.has(signer)) refusePlain("the node has applied already", { node: signer });
  const message = encodeCbor(churp.ApplicationRequest, application);
  requireEnclave(ctx, keyManager, APPLICATION_CONTEXT, message, signature);
  if (ctx.isCheck) return;

  const { checksum } = application;
  const applications = new Map(status.applications).set(signer, { checksum, reconstructed: false });
  store(ctx, { ...status, applications });
}

/**
 * An applicant confirms that it has its share. The first one settles the checksum for all; the
 * last one completes the handoff.
 */
export function confirmHandoff(ctx: Context, { confirmation, signature }: churp.SignedConfirmationRequest): void {
  if (!chargeGas(ctx, "confirm")) return;

  const { signer } = ctx;
  const { checksum } = confirmation;
  const keyManager = keyManagerRuntime(ctx.state, confirmation.runtimeId);
  const status = requireHandoffIn(ctx, confirmation, ctx.currentEpoch());
  const application = status.applications.get(signer);
  if (application === undefined) refusePlain("the node has not applied", { node: signer });
  if (application.reconstructed) refusePlain("the node has confirmed already", { node: signer });
  const nextChecksum = status.nextChecksum ?? checksum;
  if (checksum !== nextChecksum) refusePlain("others have confirmed another checksum", { checksum, nextChecksum });
  const message = encodeCbor(churp.ConfirmationRequest, confirmation);
  requireEnclave(ctx, keyManager, CONFIRMATION_CONTEXT, message, signature);
  if (ctx.isCheck) return;

  const applications = new Map(status.applications).set(signer, { ...application, reconstructed: true });
  const confirmed: churp.Status = { ...status, nextChecksum, applications };
  store(ctx, finalizeHandoff(confirmed, false) ?? confirmed);
}

/** The scheme's status, if its next handoff and the one the request is for are in the given epoch. */
function requireHandoffIn(
  ctx: Context,
  request: churp.ApplicationRequest | churp.ConfirmationRequest,
  epoch: bigint,
): churp.Status {
  const status = requireStatus(ctx, request);
  const { nextHandoff } = status;
  if (areHandoffsDisabled(status)) refusePlain("handoffs are disabled", { id: status.id });
  if (nextHandoff !== epoch) refusePlain("closed: the handoff is at another time", { nextHandoff, epoch });
  if (nextHandoff !== request.epoch) {
    refusePlain("the request is for another handoff", { requested: request.epoch, nextHandoff });
  }
  return status;
}

/** The request must be signed by the enclave of the transaction's signer, a key manager node. */
function requireEnclave(
  ctx: Context,
  keyManager: registry.Runtime,
  context: FullContext,
  message: Uint8Array,
  signature: Uint8Array,
): void {
  const epoch = ctx.currentEpoch();
  const found = registeredNode(ctx.state, ctx.signer);
  const { id, roles, expiration } = found;
  if (registry.isNodeExpired(found, epoch)) refusePlain("the node has expired", { node: id, expiration, epoch });
  if (!nodeTypes.hasAnyRole(roles, nodeTypes.roles.keyManager)) {
    refusePlain("the node is no key manager", { node: id, roles });
  }
  const key = attestationKeyOf(found, keyManager);
  if (!ctx.verifier.verify(key, context, message, signature)) {
    refusePlain("the enclave's signature of the request is invalid", { node: id, key });
  }
}
