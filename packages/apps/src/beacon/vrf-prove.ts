// `beacon.VRFProve`: a node's proof for the input of the epoch.
// Reference: go/consensus/cometbft/apps/beacon/backend_vrf.go (doProveTx).
import { VRF_PROOF_SIZE } from "@wadi/crypto";
import { beacon, transaction } from "@wadi/types";
import { bytesEqual, must } from "@wadi/util";

import { decodeMethodBody } from "../framework/application.ts";
import type { Context } from "../framework/context.ts";
import { refusePlain } from "../framework/errors.ts";
import { node } from "../registry/state.ts";
import type { Parameters } from "./backend.ts";
import { provenOutput, verifiedOutput } from "./proofs.ts";
import { setVrfState, vrfState } from "./state.ts";

const { vrfProve } = transaction.methods;

/** The body is decoded after the first rules, as errors before it have another code. */
export function prove(ctx: Context, { vrfParameters }: Parameters, tx: transaction.Transaction): void {
  const { gasCosts } = must(vrfParameters, "VRF beacon without parameters");
  ctx.useGas(1, "vrf_prove", gasCosts);
  if (ctx.isSimulation) return;

  const round = vrfState(ctx.state) ?? refusePlain("there is no VRF round yet");
  const { submitAfter } = round;
  if (BigInt(ctx.currentHeight) <= submitAfter) {
    refusePlain("premature VRF proof", { height: ctx.currentHeight, submitAfter });
  }
  const prover = node(ctx.state, ctx.signer) ?? refusePlain("the signer is not a node", { signer: ctx.signer });

  const { epoch, pi } = decodeMethodBody(vrfProve, tx.body, beacon.ErrInvalidArgument);
  if (epoch !== round.epoch) refusePlain("VRF proof for another epoch", { epoch, current: round.epoch });
  if (pi?.length !== VRF_PROOF_SIZE) {
    return refusePlain("malformed VRF proof", { bytes: pi?.length ?? 0, expected: VRF_PROOF_SIZE });
  }
  const key = prover.vrf.id;
  const isForbidden = ctx.verifier.blacklist.has(key);
  const output = isForbidden ? undefined : verifiedOutput(key, round.alpha, pi);
  if (output === undefined) refusePlain("VRF proof does not verify", { node: prover.id, key, isForbidden });

  const earlier = round.pi.get(prover.id);
  if (earlier !== undefined && !bytesEqual(provenOutput(earlier), output)) {
    refusePlain("the node proved another output before", { node: prover.id });
  }
  if (ctx.isCheck) return;
  setVrfState(ctx.state, { ...round, pi: new Map(round.pi).set(prover.id, { publicKey: key, proof: pi }) });
}
