// Evidence against the stored chain (evidence/verify.go of the fork): finds the headers and sets
// that the rules of @wadi/comet-types need.
import {
  ErrInvalidEvidence,
  checkEvidenceAge,
  evidenceHeight,
  refusal,
  timeText,
  verifyDuplicateVote,
  verifyLightClientAttack,
  type EngineState,
  type EngineVerifier,
  type Evidence,
  type LightClientAttackEvidence,
  type SignedHeader,
  type ValidatorSet,
} from "@wadi/comet-types";
import type { EvidenceChain } from "./ports.ts";

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw refusal(ErrInvalidEvidence, `don't have ${what}`);
  return value;
}

function signedHeader(chain: EvidenceChain, height: number): SignedHeader {
  return {
    header: found(chain.loadHeader(height), `header at height #${height}`),
    commit: found(chain.loadCommit(height), `commit at height #${height}`),
  };
}

function hasSignedHeader(chain: EvidenceChain, height: number): boolean {
  return chain.loadHeader(height) !== undefined && chain.loadCommit(height) !== undefined;
}

function validatorsAt(chain: EvidenceChain, height: number): ValidatorSet {
  return found(chain.loadValidators(height), `validators at height #${height}`);
}

/**
 * Ours to compare the conflicting block with. For a block above ours it would be our latest one;
 * but a node has no commit for that before the next block, so that such evidence has to wait.
 */
function trustedHeader(evidence: LightClientAttackEvidence, common: SignedHeader, chain: EvidenceChain): SignedHeader {
  const { header } = evidence.conflictingBlock.signedHeader;
  if (header.height === evidence.commonHeight) return common;
  if (hasSignedHeader(chain, header.height)) return signedHeader(chain, header.height);
  const latest = signedHeader(chain, chain.height);
  if (latest.header.time < header.time) {
    const times = `(${timeText(latest.header.time)}) is before conflicting block time (${timeText(header.time)})`;
    throw refusal(ErrInvalidEvidence, `latest block time ${times}`);
  }
  return latest;
}

/**
 * Verifies evidence that is valid by itself. Throws ErrInvalidEvidence, and what commit
 * verification throws.
 */
export function verifyEvidence(
  evidence: Evidence,
  state: EngineState,
  chain: EvidenceChain,
  verifier: EngineVerifier,
): void {
  const height = evidenceHeight(evidence);
  const header = found(chain.loadHeader(height), `header #${height}`);
  checkEvidenceAge(height, evidence.timestamp, {
    lastHeight: state.lastBlockHeight,
    lastBlockTime: state.lastBlockTime,
    evidenceBlockTime: header.time,
    params: state.consensusParams.evidence,
  });
  if (evidence.kind === "duplicate-vote") {
    verifyDuplicateVote(evidence, state.chainId, validatorsAt(chain, height), verifier);
    return;
  }
  const commonHeader = signedHeader(chain, height);
  const commonSet = validatorsAt(chain, height);
  const trusted = trustedHeader(evidence, commonHeader, chain);
  verifyLightClientAttack(evidence, { commonHeader, commonSet, trusted }, verifier);
}
