// Reference: oasis-core go/consensus/genesis/genesis.go.
import { bytesOf } from "@wadi/crypto";
import { toBase64 } from "@wadi/util";

import type { Genesis, Parameters } from "../../consensus/genesis.ts";
import type { SanityContext } from "./options.ts";
import { problemsOf } from "./problem.ts";

const MIN_TIMEOUT_COMMIT_NS = 1_000_000n;
const MIN_CHECKPOINT_INTERVAL = 1000n;
const MIN_CHECKPOINT_CHUNK_SIZE_BYTES = 1n << 20n;

const problem = problemsOf("consensus: sanity check failed", "consensus.params");

export function checkConsensus({ params }: Genesis, { dontBlameOasis, verifier }: SanityContext): void {
  if (params.timeoutCommit < MIN_TIMEOUT_COMMIT_NS && !params.skipTimeoutCommit) {
    throw problem("timeout_commit", `timeout_commit must be >= 1ms, is ${params.timeoutCommit} ns`);
  }
  if (!dontBlameOasis) checkCheckpoints(params);

  const seen = new Set<string>();
  params.publicKeyBlacklist.forEach((key, index) => {
    const member = `public_key_blacklist[${index}]`;
    const text = toBase64(bytesOf(key));
    if (seen.has(key)) throw problem(member, `redundant blacklisted public key: '${text}'`);
    if (verifier.blacklist.has(key)) throw problem(member, `public key already in blacklist: '${text}'`);
    seen.add(key);
  });
}

function checkCheckpoints(params: Parameters): void {
  const { stateCheckpointInterval: interval, stateCheckpointNumKept: kept, stateCheckpointChunkSize: size } = params;
  if (interval === 0n) return;
  if (interval < MIN_CHECKPOINT_INTERVAL) {
    throw problem("state_checkpoint_interval", `state_checkpoint_interval must be >= 1000, is ${interval}`);
  }
  if (kept === 0n) throw problem("state_checkpoint_num_kept", "state_checkpoint_num_kept must be > 0, is 0");
  if (size < MIN_CHECKPOINT_CHUNK_SIZE_BYTES) {
    throw problem("state_checkpoint_chunk_size", `state_checkpoint_chunk_size must be >= 1 MiB, is ${size} bytes`);
  }
}
