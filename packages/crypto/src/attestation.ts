// Hashes that tie a node's enclave to its keys. Rules: go/common/node/node.go (HashRAK),
// go/common/node/sgx.go (HashAttestation).
import { utf8 } from "@wadi/util";

import { bytesOf, type PublicKey, type X25519PublicKey } from "./brands.ts";
import { signatureContexts } from "./context.ts";
import { sha512_256 } from "./hash.ts";
import { tupleHash256 } from "./tuple-hash.ts";

const RAK_CONTEXT = utf8("oasis-core/node: TEE RAK binding");
const ATTESTATION_CUSTOMIZATION = utf8(signatureContexts.teeAttestation.base);

/** What a quote's report data begins with: the hash of the runtime attestation key. */
export function hashRak(rak: PublicKey): Uint8Array {
  return sha512_256(RAK_CONTEXT, bytesOf(rak));
}

/** What the runtime attestation key signs at registration; 32 bytes. The height is little-endian. */
export function hashAttestation(
  reportData: Uint8Array,
  nodeId: PublicKey,
  height: bigint,
  rek?: X25519PublicKey,
): Uint8Array {
  const heightBytes = new Uint8Array(8);
  new DataView(heightBytes.buffer).setBigUint64(0, height, true);
  const tuple = [reportData, bytesOf(nodeId), heightBytes];
  if (rek !== undefined) tuple.push(bytesOf(rek));
  return tupleHash256(tuple, 32, ATTESTATION_CUSTOMIZATION);
}
