// Reference: oasis-core go/roothash/api/sanity_check.go. Runtime states have no rules.
import type { ConsensusParameters } from "../../roothash/parameters.ts";
import type { SanityContext } from "./options.ts";
import { firstSet, type ProblemFactory, problemsOf, UNSAFE_FLAGS } from "./problem.ts";

export function checkRoothash(genesis: { readonly params: ConsensusParameters }, context: SanityContext): void {
  checkRoothashParameters(genesis.params, context, problemsOf("roothash: sanity check failed", "roothash.params"));
}

/** The rules of the parameters alone. */
export function checkRoothashParameters(
  params: ConsensusParameters,
  { dontBlameOasis }: Pick<SanityContext, "dontBlameOasis">,
  fail: ProblemFactory,
): void {
  const unsafe = firstSet({
    debug_do_not_suspend_runtimes: params.debugDoNotSuspendRuntimes,
    debug_bypass_stake: params.debugBypassStake,
  });
  if (unsafe !== undefined && !dontBlameOasis) throw fail(unsafe, UNSAFE_FLAGS);
}
