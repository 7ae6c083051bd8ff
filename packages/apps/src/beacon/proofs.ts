// VRF proofs and their outputs. Verifying takes milliseconds, and every proof is looked at when it
// enters the mempool, when its block is proposed, when that is executed, and once more in the next
// transition: what is known about a proof is kept. That changes no result, as a proof verifies or
// not by its bytes alone. Reference: go/common/crypto/signature/vrf_signer.go.
import { vrfProofToHash, verifyVrf, type PublicKey } from "@wadi/crypto";
import { pack, type Packed } from "@wadi/mkvs";
import type { signature } from "@wadi/types";
import { LruMap } from "@wadi/util";

import { BlockFailure } from "../framework/errors.ts";

/** Several times the number of nodes of a network. */
const REMEMBERED = 4096;

const outputs = new LruMap<Packed, Uint8Array>(REMEMBERED);
const verified = new LruMap<Packed, Uint8Array>(REMEMBERED);

/** The output (beta, 64 bytes) of a proof in the state, which was verified when it was stored. */
export function provenOutput({ proof }: signature.Proof): Uint8Array {
  const id = pack(proof);
  const known = outputs.get(id);
  if (known !== undefined) return known;
  const output = vrfProofToHash(proof);
  if (output === undefined) throw new BlockFailure("a stored VRF proof does not decode");
  outputs.set(id, output);
  return output;
}

/** The output if the proof is this key's for this input. The caller asks whether the key is allowed. */
export function verifiedOutput(key: PublicKey, alpha: Uint8Array, proof: Uint8Array): Uint8Array | undefined {
  const id = key + pack(proof) + pack(alpha);
  const known = verified.get(id);
  if (known !== undefined) return known;
  const output = verifyVrf(key, alpha, proof);
  if (output === undefined) return undefined;
  verified.set(id, output);
  outputs.set(pack(proof), output);
  return output;
}
