import assert from "node:assert/strict";
import { test } from "node:test";
import { create, decodeCbor, encodeCbor } from "@wadi/codec";
import { fromHex, toHex } from "@wadi/util";

import {
  ConsensusParameterChanges as RegistryChanges,
  ConsensusParameters as RegistryParameters,
} from "../registry/parameters.ts";
import {
  ConsensusParameterChanges as StakingChanges,
  ConsensusParameters as StakingParameters,
} from "../staking/parameters.ts";
import { ConsensusParameterChanges } from "./parameters.ts";
import {
  applyParameterChanges,
  applyStakingParameterChanges,
  parameterChangeSchema,
  parameterChangeSchemas,
  validateParameterChanges,
  type ParameterChangeModule,
} from "./parameter-changes.ts";

test("changes of nothing are refused in every module", () => {
  for (const module of Object.keys(parameterChangeSchemas) as ParameterChangeModule[]) {
    const changes = parameterChangeSchemas[module].zero();
    assert.throws(() => validateParameterChanges(module, changes), { name: "ValidationError" }, module);
    assert.equal(parameterChangeSchema(module), parameterChangeSchemas[module]);
  }
  for (const module of ["beacon", "toString", ""]) assert.equal(parameterChangeSchema(module), undefined);
});

test("an empty table of gas costs is a change, though it is not written", () => {
  const changes = decodeCbor(ConsensusParameterChanges, fromHex("a1696761735f636f737473a0"));
  assert.equal(changes.gasCosts?.size, 0);
  validateParameterChanges("governance", changes);
  assert.equal(toHex(encodeCbor(ConsensusParameterChanges, changes)), "a0");
});

test("a pointer to zero is a change and is written", () => {
  const changes = create(ConsensusParameterChanges, { votingPeriod: 0n });
  validateParameterChanges("governance", changes);
  assert.deepEqual(decodeCbor(ConsensusParameterChanges, encodeCbor(ConsensusParameterChanges, changes)), changes);
});

test("the registry overlooks the number of deployments", () => {
  const changes = create(RegistryChanges, { maxRuntimeDeployments: 3 });
  assert.throws(() => validateParameterChanges("registry", changes), { name: "ValidationError" });
  assert.equal(applyParameterChanges(RegistryParameters.zero(), changes).maxRuntimeDeployments, 3);
});

test("applying changes touches only what is set", () => {
  const before = create(StakingParameters, { maxAllowances: 7, minDelegation: 5n });
  const after = applyStakingParameterChanges(
    before,
    create(StakingChanges, { minDelegation: 0n, minCommissionRate: 9n }),
  );
  const { commissionScheduleRules, ...rest } = after;
  assert.deepEqual(rest, { ...rest, maxAllowances: 7, minDelegation: 0n });
  assert.equal(commissionScheduleRules.minCommissionRate, 9n);
  assert.ok(!("minCommissionRate" in after));
  assert.equal(before.minDelegation, 5n);
});

test("every change has a parameter of the same name", () => {
  const changes = Object.keys(StakingChanges.zero()).filter((property) => property !== "minCommissionRate");
  const parameters = StakingParameters.zero();
  for (const property of changes) assert.ok(property in parameters, property);
  for (const property of Object.keys(RegistryChanges.zero()))
    assert.ok(property in RegistryParameters.zero(), property);
});
