// Broken documents: runtimes.
import type { BrokenDocument } from "./broken-document.ts";
import { type Edit, type JsonValue, REMOVE } from "./edits.ts";
import { constraints, keys, runtimeIds, text } from "./fixture.ts";

type RuntimeCase = readonly [name: string, index: number, edits: readonly Edit[], code: number, debug?: boolean];

const COMPUTE = 0;

const KEY_MANAGER = 1;

const CONFIDENTIAL = 2;

export const deployment = (major: number, validFrom: number, more: Record<string, JsonValue> = {}): JsonValue => ({
  version: { major },
  valid_from: validFrom,
  ...more,
});

const runtimeCases: readonly RuntimeCase[] = [
  ["version 2", COMPUTE, [["v", 2]], 1],
  ["version 4", COMPUTE, [["v", 4]], 1],
  ["kind 0", COMPUTE, [["kind", 0]], 1],
  ["kind 3", COMPUTE, [["kind", 3]], 1],
  ["compute with the key manager flag", COMPUTE, [["id", runtimeIds.keyManager.replace(/1$/, "9")]], 1],
  ["its own key manager", COMPUTE, [["key_manager", runtimeIds.compute]], 1],
  ["group size 0", COMPUTE, [["executor.group_size", 0]], 1],
  ["too many stragglers", COMPUTE, [["executor.allowed_stragglers", 2]], 1],
  [
    "more stragglers than backup workers",
    COMPUTE,
    [
      ["executor.group_size", 5],
      ["executor.group_backup_size", 1],
      ["executor.allowed_stragglers", 2],
    ],
    1,
  ],
  ["round timeout 0", COMPUTE, [["executor.round_timeout", 0]], 1],
  ["live rounds above 100 percent", COMPUTE, [["executor.min_live_rounds_percent", 101]], 1],
  ["batch flush timeout too short", COMPUTE, [["txn_scheduler.batch_flush_timeout", 49_999_999]], 1],
  ["batch size 0", COMPUTE, [["txn_scheduler.max_batch_size", 0]], 1],
  ["batch bytes too few", COMPUTE, [["txn_scheduler.max_batch_size_bytes", 1023]], 1],
  ["proposer timeout too short", COMPUTE, [["txn_scheduler.propose_batch_timeout", 999_999_999]], 1],
  ["flush timeout above proposer timeout", COMPUTE, [["txn_scheduler.batch_flush_timeout", 1_000_000_001]], 1],
  ["checkpoint interval too small", COMPUTE, [["storage.checkpoint_interval", 9]], 1, true],
  ["no checkpoints kept", COMPUTE, [["storage.checkpoint_interval", 10]], 1, true],
  [
    "checkpoint chunks too small",
    COMPUTE,
    [
      ["storage.checkpoint_interval", 10],
      ["storage.checkpoint_num_kept", 1],
      ["storage.checkpoint_chunk_size", 1048575],
    ],
    1,
    true,
  ],
  ["key manager without the flag", KEY_MANAGER, [["id", runtimeIds.suspended.replace(/3$/, "9")]], 1],
  ["key manager with a key manager", KEY_MANAGER, [["key_manager", runtimeIds.keyManager]], 1],
  [
    "key manager without SGX",
    KEY_MANAGER,
    [
      ["tee_hardware", 0],
      ["deployments.0.tee", REMOVE],
    ],
    1,
  ],
  ["equivocation reward above 100", COMPUTE, [["staking.reward_equivocation", 101]], 1],
  ["bad results reward above 100", COMPUTE, [["staking.reward_bad_results", 101]], 1],
  ["threshold of another kind", COMPUTE, [["staking.thresholds", { "node-keymanager": "1" }]], 1],
  ["threshold of the runtime itself", COMPUTE, [["staking.thresholds", { "runtime-compute": "1" }]], 1],
  ["compute threshold of a key manager", KEY_MANAGER, [["staking.thresholds", { "node-compute": "1" }]], 1],
  ["no admission policy", COMPUTE, [["admission_policy", {}]], 1],
  ["two admission policies", COMPUTE, [["admission_policy.entity_whitelist", { entities: {} }]], 1],
  ["empty per-role policy beside any_node", COMPUTE, [["admission_policy.per_role", {}]], 1],
  [
    "blacklisted key in the whitelist",
    COMPUTE,
    [["admission_policy", { entity_whitelist: { entities: { [text(keys.testEntity)]: {} } } }]],
    1,
  ],
  [
    "two roles in max_nodes",
    COMPUTE,
    [
      [
        "admission_policy",
        { entity_whitelist: { entities: { [text(keys.entity)]: { max_nodes: { "compute,observer": 1 } } } } },
      ],
    ],
    1,
  ],
  ["two roles in per_role", COMPUTE, [["admission_policy", { per_role: { "compute,observer": {} } }]], 1],
  [
    "blacklisted key in a per-role whitelist",
    COMPUTE,
    [
      [
        "admission_policy",
        { per_role: { compute: { entity_whitelist: { entities: { [text(keys.testEntity)]: {} } } } } },
      ],
    ],
    1,
  ],
  ["no deployments", COMPUTE, [["deployments", REMOVE]], 1],
  ["test runtime", COMPUTE, [["id", runtimeIds.test]], 1],
  ["disabled governance model", COMPUTE, [["governance_model", "consensus"]], 16],
  ["unknown TEE hardware", COMPUTE, [["tee_hardware", 2]], 1],
  ["too many deployments", COMPUTE, [["deployments", [1, 2, 3, 4, 5, 6].map((n) => deployment(n, n))]], 1],
  ["null deployment", COMPUTE, [["deployments", [null]]], 1],
  ["duplicate deployment version", COMPUTE, [["deployments", [deployment(1, 0), deployment(1, 1)]]], 1],
  ["deployments out of order", COMPUTE, [["deployments", [deployment(1, 3), deployment(2, 2)]]], 1],
  ["deployments at the same time", COMPUTE, [["deployments", [deployment(1, 2), deployment(2, 2)]]], 1],
  ["two future deployments", COMPUTE, [["deployments", [deployment(1, 0), deployment(2, 7), deployment(3, 8)]]], 1],
  ["TEE constraints without TEE", COMPUTE, [["deployments.0.tee", constraints()]], 1],
  ["empty TEE constraints without TEE", COMPUTE, [["deployments.0.tee", ""]], 1],
  ["short bundle checksum", COMPUTE, [["deployments.0.bundle_checksum", "AAAA"]], 1],
  ["malformed TEE constraints", CONFIDENTIAL, [["deployments.0.tee", "oA=="]], 5],
  ["constraints that are no map", CONFIDENTIAL, [["deployments.0.tee", "AQ=="]], 1],
  ["no TEE constraints", CONFIDENTIAL, [["deployments.0.tee", REMOVE]], 5],
  ["empty TEE constraints", CONFIDENTIAL, [["deployments.0.tee", ""]], 1],
  ["no enclaves", CONFIDENTIAL, [["deployments.0.tee", constraints({ enclaves: [] })]], 5],
  ["runtime governance of a key manager", KEY_MANAGER, [["governance_model", "runtime"]], 1],
];

export const runtimes: readonly BrokenDocument[] = runtimeCases.map(([name, index, edits, code, debug = false]) => ({
  name: `runtime: ${name}`,
  edits: edits.map(([path, value]): Edit => [`registry.runtimes.${index}.${path}`, value]),
  prefix: "runtime sanity check failed",
  path: `registry.runtimes[${index}]`,
  code,
  passesInDebugMode: debug,
}));

export const PCS_POLICY = { tcb_validity_period: 30, min_tcb_evaluation_data_number: 1 };

export const moreRuntimes: readonly BrokenDocument[] = [
  {
    name: "runtime: version 1 constraints without the PCS feature",
    edits: [["registry.params.tee_features", REMOVE]],
    prefix: "runtime sanity check failed",
    path: "registry.runtimes[1]",
    code: 1,
  },
  {
    name: "runtime: TDX policy without the TDX feature",
    edits: [
      ["registry.params.tee_features.sgx.tdx", REMOVE],
      [
        "registry.runtimes.2.deployments.0.tee",
        constraints({
          policy: {
            ias: null,
            pcs: {
              disabled: false,
              tcbValidityPeriod: PCS_POLICY.tcb_validity_period,
              minTcbEvaluationDataNumber: PCS_POLICY.min_tcb_evaluation_data_number,
              fmspcWhitelist: [],
              fmspcBlacklist: [],
              tdx: { allowedTdxModules: [] },
            },
          },
        }),
      ],
    ],
    prefix: "runtime sanity check failed",
    path: "registry.runtimes[2]",
    code: 1,
  },
  {
    name: "runtime: no governance models",
    edits: [["registry.params.enable_runtime_governance_models", REMOVE]],
    prefix: "runtime sanity check failed",
    path: "registry.runtimes[0]",
    code: 16,
  },
  {
    name: "runtime: suspended runtime invalid",
    edits: [["registry.suspended_runtimes.0.kind", 7]],
    prefix: "runtime sanity check failed",
    path: "registry.suspended_runtimes[0]",
    code: 1,
  },
  {
    name: "runtime: active twice",
    edits: [["registry.runtimes.2.id", runtimeIds.compute]],
    prefix: "runtime sanity check failed",
    path: "registry.runtimes[2].id",
  },
  {
    name: "runtime: active and suspended",
    edits: [["registry.suspended_runtimes.0.id", runtimeIds.compute]],
    prefix: "runtime sanity check failed",
    path: "registry.suspended_runtimes[0].id",
  },
  {
    name: "runtime: unknown key manager",
    edits: [["registry.runtimes.2.key_manager", runtimeIds.keyManager.replace(/1$/, "9")]],
    prefix: "compute runtime sanity check failed",
    path: "registry.runtimes[2].key_manager",
    code: 11,
  },
  {
    name: "runtime: key manager that is none",
    edits: [["registry.runtimes.2.key_manager", runtimeIds.compute]],
    prefix: "compute runtime sanity check failed",
    path: "registry.runtimes[2].key_manager",
    code: 1,
  },
  {
    name: "runtime: key manager without SGX of its own",
    edits: [["registry.runtimes.0.key_manager", runtimeIds.keyManager]],
    prefix: "compute runtime sanity check failed",
    path: "registry.runtimes[0].key_manager",
    code: 1,
  },
];
