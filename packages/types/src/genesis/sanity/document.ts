// Whether a genesis document describes a state that a network can start from.
// Reference: oasis-core go/genesis/api/sanity_check.go.
import { KeyBlacklist, SignatureVerifier } from "@wadi/crypto";

import type { Document } from "../document.ts";
import { checkBeacon } from "./beacon.ts";
import { checkConsensus } from "./consensus.ts";
import { checkGovernance } from "./governance.ts";
import { checkKeyManager } from "./keymanager.ts";
import { problemsOf } from "./problem.ts";
import { checkRegistry } from "./registry.ts";
import { checkRoothash } from "./roothash.ts";
import { checkScheduler } from "./scheduler.ts";
import { checkStake } from "./stake.ts";
import { checkStaking } from "./staking.ts";
import { checkVault } from "./vault.ts";

/** Debug switches; everything is off unless set. */
export interface SanityOptions {
  /** Accept what is only for test networks (`--debug.dont_blame_oasis`). */
  readonly dontBlameOasis?: boolean;
  /** Accept keys whose seeds are public (`--debug.allow_test_keys`); needs `dontBlameOasis`. */
  readonly allowTestKeys?: boolean;
}

const problem = problemsOf("genesis: sanity check failed", "");

/**
 * Throws a SanityError for the first rule that the document breaks. Sections are checked in a
 * fixed order, because they build on each other. The document is only read; nothing of its size
 * is allocated.
 */
export function checkGenesisDocument(document: Document, options: SanityOptions = {}): void {
  const { dontBlameOasis = false, allowTestKeys = false } = options;
  const blacklist = new KeyBlacklist({ allowTestKeys: dontBlameOasis && allowTestKeys });
  const context = { dontBlameOasis, verifier: new SignatureVerifier({ blacklist }) };
  const { beacon, consensus, staking } = document;

  if (document.height < 1n) throw problem("height", `height must be >= 1, is ${document.height}`);
  if (isBlank(document.chainId)) throw problem("chain_id", "chain_id must not be empty");

  checkConsensus(consensus, context);
  checkBeacon(beacon, context);
  // The height of a document says nothing about the epoch; the base epoch is the present.
  const epoch = beacon.base;
  const registry = checkRegistry(document.registry, epoch, new Set(consensus.params.publicKeyBlacklist), context);
  checkRoothash(document.roothash, context);
  checkStaking(staking, epoch, context);
  checkKeyManager(document.keymanager, context);
  checkScheduler(document.scheduler, staking.totalSupply, context);
  checkGovernance(document.governance, epoch, staking.governanceDeposits);
  checkVault(document.vault);
  if (!staking.params.debugBypassStake) checkStake(staking, registry);
}

/** Empty after removing the characters of Unicode's White_Space property, as Go's TrimSpace does. */
function isBlank(text: string): boolean {
  return /^\p{White_Space}*$/u.test(text);
}
