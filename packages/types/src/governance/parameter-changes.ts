// Changes of consensus parameters by proposal: which module takes which structure, and what applying
// one does. Reference: Apply and SanityCheck of ConsensusParameterChanges in go/*/api.
import type { Schema } from "@wadi/codec";

import * as secrets from "../keymanager/secrets/policy.ts";
import * as registry from "../registry/parameters.ts";
import * as roothash from "../roothash/parameters.ts";
import * as scheduler from "../scheduler/parameters.ts";
import * as staking from "../staking/parameters.ts";
import { ValidationError } from "../validation-error.ts";
import * as vault from "../vault/parameters.ts";
import * as governance from "./parameters.ts";

/** Module name of a change proposal to the structure of its `changes`. */
export const parameterChangeSchemas = {
  governance: governance.ConsensusParameterChanges,
  keymanager: secrets.ConsensusParameterChanges,
  registry: registry.ConsensusParameterChanges,
  roothash: roothash.ConsensusParameterChanges,
  scheduler: scheduler.ConsensusParameterChanges,
  staking: staking.ConsensusParameterChanges,
  vault: vault.ConsensusParameterChanges,
} as const;
export type ParameterChangeModule = keyof typeof parameterChangeSchemas;

/** The schema for a module that takes changes; undefined where no module does. */
export function parameterChangeSchema(module: string): Schema<object> | undefined {
  return Object.hasOwn(parameterChangeSchemas, module)
    ? parameterChangeSchemas[module as ParameterChangeModule]
    : undefined;
}

/**
 * Throws ValidationError where nothing would change. The reference's test for the registry
 * overlooks `max_runtime_deployments`, so a change of that alone is refused.
 */
export function validateParameterChanges(module: ParameterChangeModule, changes: object): void {
  const set = Object.entries(changes).filter(([, value]) => value !== null);
  const counted = module === "registry" ? set.filter(([property]) => property !== "maxRuntimeDeployments") : set;
  if (counted.length === 0) throw new ValidationError("consensus parameter changes should not be empty");
}

type Changes<P> = { readonly [K in keyof P]?: P[K] | null };

/** The parameters with every non-null change in place; properties have the same names in both. */
export function applyParameterChanges<P extends object>(parameters: P, changes: Changes<P>): P {
  const set = Object.entries(changes).filter(([, value]) => value !== null);
  return { ...parameters, ...Object.fromEntries(set) };
}

/** As `applyParameterChanges`; the minimum commission rate is a member of the commission rules. */
export function applyStakingParameterChanges(
  parameters: staking.ConsensusParameters,
  changes: staking.ConsensusParameterChanges,
): staking.ConsensusParameters {
  const { minCommissionRate, ...rest } = changes;
  const changed = applyParameterChanges(parameters, rest);
  if (minCommissionRate === null) return changed;
  return { ...changed, commissionScheduleRules: { ...changed.commissionScheduleRules, minCommissionRate } };
}
