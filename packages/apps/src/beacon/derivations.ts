// What the beacon derives from blocks and proofs: entropy, beacon, VRF inputs.
// Reference: go/consensus/cometbft/apps/beacon/beacon.go (insecureBlockEntropy, GetBeacon),
// backend_vrf.go (newHighQualityAlpha, newLowQualityAlpha).
import { createHash } from "node:crypto";

import { tupleHash256 } from "@wadi/crypto";
import { utf8 } from "@wadi/util";

const BEACON_CONTEXT = utf8("EkB-tmnt");
const ALPHA_DOMAIN = utf8("oasis-core:vrf/alpha");
const ALPHA_SIZE = 32;

/** The block that a derivation looks at, as known when it begins. */
export interface BlockFacts {
  /** Height of the block before. */
  readonly lastHeight: number;
  /** Time of this block. */
  readonly unixSeconds: bigint;
  /** Root of the state before; empty in the first block. */
  readonly lastStateRoot: Uint8Array;
}

/** Weak entropy, 32 bytes: the proposer can influence it. */
export function blockEntropy({ lastHeight, unixSeconds, lastStateRoot }: BlockFacts): Uint8Array {
  return sha3(littleEndian(BigInt(lastHeight)), littleEndian(unixSeconds), lastStateRoot);
}

/** The random beacon of an epoch, 32 bytes. */
export function beaconValue(epoch: bigint, entropy: Uint8Array): Uint8Array {
  return sha3(BEACON_CONTEXT, entropy, littleEndian(epoch));
}

/** The VRF input of an epoch whose predecessor had too few proofs. `chainContext` is its hex text. */
export function lowQualityAlpha(chainContext: string, epoch: bigint, entropy: Uint8Array): Uint8Array {
  return tupleHash256([utf8(chainContext), epochElement(epoch), entropy], ALPHA_SIZE, ALPHA_DOMAIN);
}

/** The VRF input of an epoch from the outputs of the proofs before, in order of node IDs. */
export function highQualityAlpha(chainContext: string, epoch: bigint, betas: readonly Uint8Array[]): Uint8Array {
  return tupleHash256([utf8(chainContext), epochElement(epoch), ...betas], ALPHA_SIZE, ALPHA_DOMAIN);
}

/** An epoch as it enters tuple hashes: 8 bytes, big-endian. */
export function epochElement(epoch: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(epoch);
  return bytes;
}

function littleEndian(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}

function sha3(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha3-256");
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
}
