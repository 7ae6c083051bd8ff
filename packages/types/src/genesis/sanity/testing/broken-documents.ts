// One broken document per rule: what is changed in the base document, and where the sanity check
// must stop. Documents that a debugging network may have are listed with what makes them pass.
import { encodeCbor, encodeJson } from "@wadi/codec";
import { bindContext, signatureContexts } from "@wadi/crypto";

import { PolicySGX, SignedPolicySGX } from "../../../keymanager/secrets/policy.ts";
import { type Edit, type JsonValue, parseJson, REMOVE } from "./edits.ts";
import {
  accountOf,
  BURN,
  COMMON_POOL,
  constraints,
  keys,
  nodeDescriptor,
  nodeSigners,
  otherNode,
  otherNodeSigners,
  RICH,
  runtimeIds,
  signedEntity,
  signedNode,
  STAKE_NEEDED,
  text,
} from "./fixture.ts";

export interface BrokenDocument {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** How the text begins. */
  readonly prefix: string;
  /** Where the rule was broken. */
  readonly path: string;
  /** The registry's or staking's code, where a rule of registrations is behind it. */
  readonly code?: number;
  /** `--debug.dont_blame_oasis` lets it pass. */
  readonly passesInDebugMode?: boolean;
}

const MAX_U64 = (1n << 64n) - 1n;
const entity = accountOf(keys.entity);

function signedPolicy(changes: Partial<PolicySGX> = {}, signer = keys.policy): JsonValue {
  const policy: PolicySGX = {
    serial: 1,
    id: runtimeIds.keyManager as never,
    enclaves: new Map(),
    masterSecretRotationInterval: 0n,
    maxEphemeralSecretAge: 0n,
    ...changes,
  };
  const signature = signer.sign(bindContext(signatureContexts.keyManagerPolicy), encodeCbor(PolicySGX, policy));
  const signed = { policy, signatures: [{ publicKey: signer.publicKey, signature }] };
  return parseJson(encodeJson(SignedPolicySGX, signed));
}

const kmPolicy = (edits: readonly Edit[]): Edit[] => edits.map(([path, value]) => [`keymanager.statuses.0.${path}`, value]);

const document: readonly BrokenDocument[] = [
  { name: "height 0", edits: [["height", 0]], prefix: "genesis: sanity check failed", path: "height" },
  { name: "negative height", edits: [["height", -5]], prefix: "genesis: sanity check failed", path: "height" },
  { name: "empty chain ID", edits: [["chain_id", ""]], prefix: "genesis: sanity check failed", path: "chain_id" },
  { name: "blank chain ID", edits: [["chain_id", " \t\u00a0\u2003\u0085\n"]], prefix: "genesis: sanity check failed", path: "chain_id" },
];

const consensus: readonly BrokenDocument[] = (
  [
    ["timeout_commit too short", [["timeout_commit", 999_999]], "timeout_commit"],
    ["timeout_commit negative", [["timeout_commit", -1]], "timeout_commit"],
    ["checkpoint interval too small", [["state_checkpoint_interval", 999]], "state_checkpoint_interval", true],
    ["no checkpoints kept", [["state_checkpoint_num_kept", 0]], "state_checkpoint_num_kept", true],
    ["checkpoint chunks too small", [["state_checkpoint_chunk_size", 1048575]], "state_checkpoint_chunk_size", true],
    ["repeated blacklist entry", [["public_key_blacklist", [text(keys.policy), text(keys.policy)]]], "public_key_blacklist[1]"],
    ["built-in blacklist entry", [["public_key_blacklist", ["Gr4R7cAB//////////////////////////////////8="]]], "public_key_blacklist[0]"],
  ] as const
).map(([name, edits, path, passesInDebugMode = false]) => ({
  name: `consensus: ${name}`,
  edits: edits.map(([member, value]): Edit => [`consensus.params.${member}`, value as JsonValue]),
  prefix: "consensus: sanity check failed",
  path: `consensus.params.${path}`,
  passesInDebugMode,
}));

const INSECURE: readonly Edit[] = [
  ["beacon.params.backend", "insecure"],
  ["beacon.params.vrf_parameters", REMOVE],
];

const beacon: readonly BrokenDocument[] = (
  [
    ["unknown backend", [["beacon.params.backend", "pvss"]], "params.backend"],
    ["VRF without parameters", [["beacon.params.vrf_parameters", REMOVE]], "params.vrf_parameters"],
    ["alpha threshold 0", [["beacon.params.vrf_parameters.alpha_hq_threshold", 0]], "params.vrf_parameters.alpha_hq_threshold"],
    ["VRF interval 0", [["beacon.params.vrf_parameters.interval", 0]], "params.vrf_parameters.interval"],
    ["VRF interval negative", [["beacon.params.vrf_parameters.interval", -1]], "params.vrf_parameters.interval"],
    ["proof delay 0", [["beacon.params.vrf_parameters.proof_delay", 0]], "params.vrf_parameters.proof_delay"],
    ["proof delay not below interval", [["beacon.params.vrf_parameters.proof_delay", 600]], "params.vrf_parameters.proof_delay"],
    ["insecure without parameters", INSECURE, "params.insecure_parameters"],
    ["insecure interval 0", [...INSECURE, ["beacon.params.insecure_parameters", {}]], "params.insecure_parameters.interval"],
    ["mock backend", [["beacon.params.debug_mock_backend", true]], "params.debug_mock_backend", true],
    ["invalid base epoch", [["beacon.base", MAX_U64]], "base"],
  ] as readonly (readonly [string, readonly Edit[], string, boolean?])[]
).map(([name, edits, path, passesInDebugMode = false]) => ({
  name: `beacon: ${name}`,
  edits,
  prefix: "beacon: sanity check failed",
  path: `beacon.${path}`,
  passesInDebugMode,
}));

const registryParameters: readonly BrokenDocument[] = (
  [
    ["unroutable addresses", ["debug_allow_unroutable_addresses", true]],
    ["immediate deployment", ["debug_deploy_immediately", true]],
    ["no maximum expiration", ["max_node_expiration", 0]],
  ] as const
).map(([name, [member, value]]) => ({
  name: `registry: ${name}`,
  edits: [[`registry.params.${member}`, value]],
  prefix: "registry: sanity check failed",
  path: `registry.params.${member}`,
  passesInDebugMode: true,
}));

const entities: readonly BrokenDocument[] = (
  [
    ["signature of another key", signedEntity({}, keys.otherEntity), 1],
    ["test key", signedEntity({ id: keys.testEntity.publicKey }, keys.testEntity), 2],
    ["duplicate nodes", signedEntity({ nodes: [keys.node.publicKey, keys.node.publicKey] }), 1],
    ["blacklisted node", signedEntity({ nodes: [keys.node.publicKey, keys.testEntity.publicKey] }), 1],
    ["version 3", signedEntity({ v: 3 }), 2],
    ["empty blob", { untrusted_raw_value: "", signature: { public_key: text(keys.entity), signature: `${"A".repeat(86)}==` } }, 2],
  ] as const
).map(([name, signed, code]) => ({
  name: `entity: ${name}`,
  edits: [["registry.entities.0", signed as JsonValue]],
  prefix: "entity sanity check failed",
  path: "registry.entities[0]",
  code,
}));

type RuntimeCase = readonly [name: string, index: number, edits: readonly Edit[], code: number, debug?: boolean];

const COMPUTE = 0;
const KEY_MANAGER = 1;
const CONFIDENTIAL = 2;

const deployment = (major: number, validFrom: number, more: Record<string, JsonValue> = {}): JsonValue => ({
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
  ["more stragglers than backup workers", COMPUTE, [["executor.group_size", 5], ["executor.group_backup_size", 1], ["executor.allowed_stragglers", 2]], 1],
  ["round timeout 0", COMPUTE, [["executor.round_timeout", 0]], 1],
  ["live rounds above 100 percent", COMPUTE, [["executor.min_live_rounds_percent", 101]], 1],
  ["batch flush timeout too short", COMPUTE, [["txn_scheduler.batch_flush_timeout", 49_999_999]], 1],
  ["batch size 0", COMPUTE, [["txn_scheduler.max_batch_size", 0]], 1],
  ["batch bytes too few", COMPUTE, [["txn_scheduler.max_batch_size_bytes", 1023]], 1],
  ["proposer timeout too short", COMPUTE, [["txn_scheduler.propose_batch_timeout", 999_999_999]], 1],
  ["flush timeout above proposer timeout", COMPUTE, [["txn_scheduler.batch_flush_timeout", 1_000_000_001]], 1],
  ["checkpoint interval too small", COMPUTE, [["storage.checkpoint_interval", 9]], 1, true],
  ["no checkpoints kept", COMPUTE, [["storage.checkpoint_interval", 10]], 1, true],
  ["checkpoint chunks too small", COMPUTE, [["storage.checkpoint_interval", 10], ["storage.checkpoint_num_kept", 1], ["storage.checkpoint_chunk_size", 1048575]], 1, true],
  ["key manager without the flag", KEY_MANAGER, [["id", runtimeIds.suspended.replace(/3$/, "9")]], 1],
  ["key manager with a key manager", KEY_MANAGER, [["key_manager", runtimeIds.keyManager]], 1],
  ["key manager without SGX", KEY_MANAGER, [["tee_hardware", 0], ["deployments.0.tee", REMOVE]], 1],
  ["equivocation reward above 100", COMPUTE, [["staking.reward_equivocation", 101]], 1],
  ["bad results reward above 100", COMPUTE, [["staking.reward_bad_results", 101]], 1],
  ["threshold of another kind", COMPUTE, [["staking.thresholds", { "node-keymanager": "1" }]], 1],
  ["threshold of the runtime itself", COMPUTE, [["staking.thresholds", { "runtime-compute": "1" }]], 1],
  ["compute threshold of a key manager", KEY_MANAGER, [["staking.thresholds", { "node-compute": "1" }]], 1],
  ["no admission policy", COMPUTE, [["admission_policy", {}]], 1],
  ["two admission policies", COMPUTE, [["admission_policy.entity_whitelist", { entities: {} }]], 1],
  ["empty per-role policy beside any_node", COMPUTE, [["admission_policy.per_role", {}]], 1],
  ["blacklisted key in the whitelist", COMPUTE, [["admission_policy", { entity_whitelist: { entities: { [text(keys.testEntity)]: {} } } }]], 1],
  ["two roles in max_nodes", COMPUTE, [["admission_policy", { entity_whitelist: { entities: { [text(keys.entity)]: { max_nodes: { "compute,observer": 1 } } } } }]], 1],
  ["two roles in per_role", COMPUTE, [["admission_policy", { per_role: { "compute,observer": {} } }]], 1],
  ["blacklisted key in a per-role whitelist", COMPUTE, [["admission_policy", { per_role: { compute: { entity_whitelist: { entities: { [text(keys.testEntity)]: {} } } } } }]], 1],
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

const runtimes: readonly BrokenDocument[] = runtimeCases.map(([name, index, edits, code, debug = false]) => ({
  name: `runtime: ${name}`,
  edits: edits.map(([path, value]): Edit => [`registry.runtimes.${index}.${path}`, value]),
  prefix: "runtime sanity check failed",
  path: `registry.runtimes[${index}]`,
  code,
  passesInDebugMode: debug,
}));

const PCS_POLICY = { tcb_validity_period: 30, min_tcb_evaluation_data_number: 1 };

const moreRuntimes: readonly BrokenDocument[] = [
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

const node = nodeDescriptor();
const [firstRuntime] = node.runtimes ?? [];
const oneSigner = (...replaced: readonly [number, (typeof nodeSigners)[number]][]): readonly (typeof nodeSigners)[number][] =>
  nodeSigners.map((signer, i) => replaced.find(([index]) => index === i)?.[1] ?? signer);
const atAddress = (...ip: number[]): Partial<typeof node> => ({
  p2p: { id: node.p2p.id, addresses: [{ ip: Uint8Array.from(ip), port: 1n, zone: "" }] },
});

const nodeCases: readonly (readonly [string, JsonValue, number])[] = [
  ["software version too long", signedNode({ softwareVersion: "x".repeat(129) }), 1],
  ["no roles", signedNode({ roles: 0 }), 1],
  ["reserved role", signedNode({ roles: 1 | 8 | 16 }), 1],
  ["unknown role", signedNode({ roles: 1 | 64 }), 1],
  ["not signed by itself", signedNode({}, nodeSigners.slice(1)), 1],
  ["not in the entity's list", signedNode(otherNode, otherNodeSigners), 1],
  ["expiration too far", signedNode({ expiration: 11n }), 1],
  ["compute without runtimes", signedNode({ runtimes: [], roles: 1 }), 1],
  ["observer without runtimes", signedNode({ runtimes: null, roles: 2 }), 1],
  ["null runtime", signedNode({ runtimes: [null] }), 1],
  ["duplicate runtime version", signedNode({ runtimes: [firstRuntime ?? null, firstRuntime ?? null] }), 1],
  ["unknown runtime", signedNode({ runtimes: firstRuntime ? [{ ...firstRuntime, id: runtimeIds.test }] : [] }), 11],
  ["key manager runtime without the role", signedNode({ runtimes: firstRuntime ? [{ ...firstRuntime, id: runtimeIds.keyManager as never }] : [] }), 1],
  ["compute runtime without the role", signedNode({ roles: 8 }), 1],
  ["blacklisted consensus key", signedNode({ consensus: { ...node.consensus, id: keys.testEntity.publicKey } }), 1],
  ["not signed by the consensus key", signedNode({}, oneSigner([2, keys.otherConsensus])), 1],
  ["validator without consensus address", signedNode({ consensus: { ...node.consensus, addresses: null } }), 1],
  ["blacklisted consensus address key", signedNode({ consensus: { ...node.consensus, addresses: (node.consensus.addresses ?? []).map((a) => ({ ...a, id: keys.testEntity.publicKey })) } }), 1],
  ["unroutable consensus address", signedNode({ consensus: { ...node.consensus, addresses: [{ id: node.p2p.id, address: { ip: Uint8Array.of(10, 0, 0, 1), port: 1n, zone: "" } }] } }), 1],
  ["not signed by the VRF key", signedNode({}, oneSigner([3, keys.otherVrf])), 1],
  ["not signed by the TLS key", signedNode({}, oneSigner([4, keys.otherTls])), 1],
  ["not signed by the P2P key", signedNode({}, oneSigner([1, keys.otherP2p])), 1],
  ["blacklisted VRF key", signedNode({ vrf: { id: keys.testEntity.publicKey } }), 1],
  ["compute without P2P address", signedNode({ roles: 1, p2p: { ...node.p2p, addresses: null } }), 1],
  ["loopback P2P address", signedNode(atAddress(127, 0, 0, 1)), 1],
  ["mapped private P2P address", signedNode(atAddress(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 168, 1, 1)), 1],
  ["documentation IPv6 P2P address", signedNode(atAddress(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)), 1],
  ["multicast P2P address", signedNode(atAddress(224, 0, 0, 1)), 1],
  ["three-byte P2P address", signedNode(atAddress(8, 8, 8)), 1],
  ["one key in two places", signedNode({ vrf: { id: node.consensus.id } }), 1],
  ["a sixth signer", signedNode({}, [...nodeSigners, keys.otherNode]), 1],
];

const nodes: readonly BrokenDocument[] = [
  ...nodeCases.map(([name, signed, code]) => ({
    name: `node: ${name}`,
    edits: [["registry.nodes.0", signed]] as Edit[],
    prefix: "registry: node sanity check failed",
    path: "registry.nodes[0]",
    code,
  })),
  {
    name: "node: no signatures",
    edits: [["registry.nodes.0", signedNode({}, [])]],
    prefix: "registry: sanity check failed",
    path: "registry.nodes[0]",
    code: 2,
  },
  {
    name: "node: broken signature",
    edits: [["registry.nodes.0.signatures.1.signature", `${"A".repeat(86)}==`]],
    prefix: "registry: sanity check failed",
    path: "registry.nodes[0]",
    code: 2,
  },
  {
    name: "node: version 4",
    edits: [["registry.nodes.0", signedNode({ v: 4 })]],
    prefix: "registry: sanity check failed",
    path: "registry.nodes[0]",
    code: 2,
  },
  {
    name: "node: unknown entity",
    edits: [["registry.nodes.0", signedNode({ entityId: keys.otherEntity.publicKey })]],
    prefix: "registry: node sanity check failed",
    path: "registry.nodes[0]",
  },
  ...(["consensus", "p2p", "tls", "vrf"] as const).map((kind): BrokenDocument => {
    const shared = { consensus: keys.consensus, p2p: keys.p2p, tls: keys.tls, vrf: keys.consensus }[kind];
    const index = { p2p: 1, consensus: 2, vrf: 3, tls: 4 }[kind];
    const member = kind === "tls" ? { pubKey: shared.publicKey } : { ...node[kind], id: shared.publicKey };
    const signers = otherNodeSigners.map((signer, i) => (i === index ? shared : signer));
    return {
      name: `node: ${kind} key of another node`,
      edits: [
        ["registry.entities.0", signedEntity({ nodes: [keys.node.publicKey, keys.otherNode.publicKey] })],
        ["registry.nodes.1", signedNode({ ...otherNode, [kind]: member }, signers)],
      ],
      prefix: "registry: node sanity check failed",
      path: "registry.nodes[1]",
      code: 1,
    };
  }),
];

const blacklisted: readonly BrokenDocument[] = [
  ["entity key", keys.entity, "registry.entities"] as const,
  ["runtime owner", keys.otherEntity, "registry.runtimes"] as const,
  ["consensus key", keys.consensus, "registry.nodes"] as const,
  ["P2P key", keys.p2p, "registry.nodes"] as const,
  ["TLS key", keys.tls, "registry.nodes"] as const,
].map(([name, key, path]) => ({
  name: `registry: blacklisted ${name}`,
  edits: [
    ["consensus.params.public_key_blacklist", [text(key)]],
    ...(key === keys.otherEntity ? [["registry.runtimes.0.entity_id", text(key)] as Edit] : []),
  ],
  prefix: "registry: sanity check failed",
  path,
}));

const roothash: readonly BrokenDocument[] = ["debug_do_not_suspend_runtimes", "debug_bypass_stake"].map((member) => ({
  name: `roothash: ${member}`,
  edits: [[`roothash.params.${member}`, true]],
  prefix: "roothash: sanity check failed",
  path: `roothash.params.${member}`,
  passesInDebugMode: true,
}));

const zeroSplit: Edit[] = ["propose", "vote", "next_propose"].map((who) => [`staking.params.fee_split_weight_${who}`, "0"]);

const stakingParameters: readonly BrokenDocument[] = (
  [
    ["bypassed stake", [["staking.params.debug_bypass_stake", true]], "debug_bypass_stake", true],
    ...["entity", "node-validator", "node-compute", "node-observer", "node-keymanager", "runtime-compute", "runtime-keymanager"].map(
      (kind) => [`no threshold for ${kind}`, [[`staking.params.thresholds.${kind}`, REMOVE]], "thresholds"] as const,
    ),
    ["no fee split", zeroSplit, "fee_split_weight_propose"],
    ["minimum commission over unity", [["staking.params.commission_schedule_rules.min_commission_rate", "100001"]], "commission_schedule_rules.min_commission_rate"],
    ["reward scale too large", [["staking.params.reward_schedule.0.scale", "100000001"]], "reward_schedule[0].scale"],
    ["reward until invalid", [["staking.params.reward_schedule.0.until", MAX_U64]], "reward_schedule[0].until"],
    ["reward until 0", [["staking.params.reward_schedule.0.until", 0]], "reward_schedule[0].until"],
    ["reward steps out of order", [["staking.params.reward_schedule.1", { until: 1000, scale: "1" }]], "reward_schedule[1].until"],
    ["reward threshold over unity", [["staking.params.signing_reward_threshold_numerator", 5]], "signing_reward_threshold_numerator"],
  ] as readonly (readonly [string, readonly Edit[], string, boolean?])[]
).map(([name, edits, path, passesInDebugMode = false]) => ({
  name: `staking: ${name}`,
  edits,
  prefix: "staking: sanity check failed",
  path: `staking.params.${path}`,
  passesInDebugMode,
}));

const rules = "staking.params.commission_schedule_rules";
const schedule = `staking.ledger.${entity}.escrow.commission_schedule`;
const scheduleCases: readonly (readonly [string, readonly Edit[]])[] = [
  ["too many rate steps", [[`${rules}.max_rate_steps`, 0]]],
  ["too many bound steps", [[`${rules}.max_bound_steps`, 0]]],
  ["unaligned rate", [[`${rules}.rate_change_interval`, 2], [`${schedule}.rates.0.start`, 1]]],
  ["unaligned bound", [[`${rules}.rate_change_interval`, 2], [`${schedule}.bounds.0.start`, 1]]],
  ["rates out of order", [[`${schedule}.rates.1`, { rate: "1" }]]],
  ["bounds out of order", [[`${schedule}.bounds.1`, { rate_min: "0", rate_max: "1" }]]],
  ["rate over unity", [[`${schedule}.rates.0.rate`, "100001"]]],
  ["bound over unity", [[`${schedule}.bounds.0.rate_max`, "100001"]]],
  ["rate below the minimum", [[`${rules}.min_commission_rate`, "5001"], [`${schedule}.bounds.0.rate_min`, "5001"]]],
  ["bound below the minimum", [[`${rules}.min_commission_rate`, "1"]]],
  ["bounds crossed", [[`${schedule}.bounds.0.rate_min`, "20001"]]],
  ["rate below its bound", [[`${schedule}.bounds.0.rate_min`, "5001"]]],
  ["rate above its bound", [[`${schedule}.bounds.0.rate_max`, "4999"]]],
  ["rate above a later bound", [[`${schedule}.bounds.1`, { start: 9, rate_min: "0", rate_max: "4999" }]]],
  ["later rate above its bound", [[`${schedule}.rates.1`, { start: 9, rate: "20001" }]]],
  ["no rates", [[`${schedule}.rates`, REMOVE]]],
  ["no bounds", [[`${schedule}.bounds`, REMOVE]]],
  ["future start of rates only", [[`${schedule}.rates.0.start`, 9]]],
];

const ledger: readonly BrokenDocument[] = [
  ...scheduleCases.map(([name, edits]) => ({
    name: `staking: commission schedule with ${name}`,
    edits,
    prefix: "staking: sanity check failed",
    path: schedule,
  })),
  ...(
    [
      ["empty token symbol", [["staking.token_symbol", ""]], "token_symbol"],
      ["long token symbol", [["staking.token_symbol", "ABCDEFGHI"]], "token_symbol"],
      ["lower-case token symbol", [["staking.token_symbol", "Rose"]], "token_symbol"],
      ["token symbol with a newline", [["staking.token_symbol", "ROSE\n"]], "token_symbol"],
      ["token exponent", [["staking.token_value_exponent", 21]], "token_value_exponent"],
      ["supply too large", [["staking.total_supply", "1601"]], "total_supply"],
      ["supply too small", [["staking.total_supply", "1599"]], "total_supply"],
      ["fees not in the supply", [["staking.last_block_fees", "1"]], "total_supply"],
      ["reserved account", [[`staking.ledger.${COMMON_POOL}`, { general: { balance: "0" }, escrow: {} }]], `ledger.${COMMON_POOL}`],
      ["burn account", [[`staking.ledger.${BURN}`, { general: { balance: "0" }, escrow: {} }]], `ledger.${BURN}`],
      ["allowance of a reserved account", [[`staking.ledger.${RICH}.general.allowances`, { [BURN]: "1" }]], `ledger.${RICH}.general.allowances.${BURN}`],
      ["allowance above the supply", [[`staking.ledger.${RICH}.general.allowances`, { [entity]: "1601" }]], `ledger.${RICH}.general.allowances.${entity}`],
      ["delegation to nobody", [["staking.delegations", { [accountOf(keys.policy)]: {} }]], `delegations.${accountOf(keys.policy)}`],
      ["delegation from a reserved account", [[`staking.delegations.${entity}.${BURN}`, { shares: "0" }]], `delegations.${entity}.${BURN}`],
      ["delegated shares", [[`staking.delegations.${entity}.${RICH}.shares`, "999"]], `ledger.${entity}.escrow.active.total_shares`],
      ["debonding delegation to nobody", [["staking.debonding_delegations", { [accountOf(keys.policy)]: {} }]], `debonding_delegations.${accountOf(keys.policy)}`],
      ["debonding from a reserved account", [[`staking.debonding_delegations.${entity}.${BURN}`, []]], `debonding_delegations.${entity}.${BURN}`],
      ["debonding shares", [[`staking.debonding_delegations.${entity}.${RICH}.0.shares`, "99"]], `ledger.${entity}.escrow.debonding.total_shares`],
      ["shares without delegations", [["staking.delegations", REMOVE]], `ledger.${entity}.escrow.active.total_shares`],
      ["balance without delegations", [["staking.delegations", REMOVE], [`staking.ledger.${entity}.escrow.active.total_shares`, "0"]], `ledger.${entity}.escrow.active.balance`],
      ["debonding balance without delegations", [["staking.debonding_delegations", REMOVE], [`staking.ledger.${entity}.escrow.debonding.total_shares`, "0"]], `ledger.${entity}.escrow.debonding.balance`],
    ] as readonly (readonly [string, readonly Edit[], string])[]
  ).map(([name, edits, path]) => ({
    name: `staking: ${name}`,
    edits,
    prefix: "staking: sanity check failed",
    path: `staking.${path}`,
  })),
  {
    name: "staking: stake accumulator",
    edits: [[`staking.ledger.${entity}.escrow.stake_accumulator`, { claims: { x: [{ const: "1" }] } }]],
    prefix: "staking:",
    path: `staking.ledger.${entity}.escrow.stake_accumulator`,
  },
  {
    name: "staking: too little stake",
    edits: [
      [`staking.ledger.${entity}.escrow.active.balance`, String(STAKE_NEEDED - 1)],
      ["staking.total_supply", String(STAKE_NEEDED - 1 + 1000)],
    ],
    prefix: `insufficient stake for account ${entity} (expected: 600 got: 599): staking: insufficient stake`,
    path: `staking.ledger.${entity}.escrow.active.balance`,
    code: 4,
  },
  {
    name: "staking: per-runtime threshold",
    edits: [["registry.runtimes.0.staking.thresholds", { "node-compute": "1" }]],
    prefix: `insufficient stake for account ${entity} (expected: 601 got: 600)`,
    path: `staking.ledger.${entity}.escrow.active.balance`,
    code: 4,
  },
  {
    name: "staking: entity without an account",
    edits: [["registry.entities.1", signedEntity({ id: keys.otherEntity.publicKey, nodes: [] }, keys.otherEntity)]],
    prefix: `insufficient stake for account ${accountOf(keys.otherEntity)} (expected: 100 got: 0)`,
    path: `staking.ledger.${accountOf(keys.otherEntity)}.escrow.active.balance`,
    code: 4,
  },
];

const keyManager: readonly BrokenDocument[] = (
  [
    ["ID without the flag", [["id", runtimeIds.compute]], "id"],
    ["blacklisted node", [["nodes", [text(keys.testEntity)]]], "nodes[0]"],
    ["policy signed by a test key", [["policy", signedPolicy({}, keys.testEntity)]], "policy.signatures[0]"],
    ["policy changed after signing", [["policy", signedPolicy()], ["policy.policy.serial", 2]], "policy.signatures[0]"],
    ["next policy changed after signing", [["next_policy", signedPolicy()], ["next_policy.policy.serial", 2]], "next_policy.signatures[0]"],
    ["next policy of another runtime", [["policy", signedPolicy()], ["next_policy", signedPolicy({ serial: 2, id: runtimeIds.compute as never })]], "next_policy.policy.id"],
    ["next policy with the same serial", [["policy", signedPolicy()], ["next_policy", signedPolicy()]], "next_policy.policy.serial"],
  ] as readonly (readonly [string, readonly Edit[], string])[]
).map(([name, edits, path]) => ({
  name: `keymanager: ${name}`,
  edits: kmPolicy(edits),
  prefix: "keymanager: sanity check failed",
  path: `keymanager.statuses[0].${path}`,
}));

const HUGE = (1n << 68n) + 1000n;

const scheduler: readonly BrokenDocument[] = [
  ...(
    [
      ["debug_bypass_stake", true],
      ["debug_allow_weak_alpha", true],
      ["debug_force_elect", {}],
    ] as const
  ).map(([member, value]) => ({
    name: `scheduler: ${member}`,
    edits: [[`scheduler.params.${member}`, value as JsonValue]] as Edit[],
    prefix: "scheduler: sanity check failed",
    path: `scheduler.params.${member}`,
    passesInDebugMode: true,
  })),
  {
    name: "scheduler: supply beyond voting power",
    edits: [
      ["scheduler.params.voting_power_distribution", REMOVE],
      ["staking.common_pool", String(HUGE)],
      ["staking.total_supply", String(HUGE + BigInt(STAKE_NEEDED) + 500n)],
    ],
    prefix: "scheduler: sanity check failed",
    path: "scheduler.params.voting_power_distribution",
  },
  {
    name: "scheduler: supply beyond the total",
    edits: [
      ["scheduler.params.voting_power_distribution", REMOVE],
      ["staking.common_pool", String(1n << 65n)],
      ["staking.total_supply", String((1n << 65n) + BigInt(STAKE_NEEDED) + 500n)],
    ],
    prefix: "init chain: total supply power",
    path: "staking.total_supply",
  },
];

const activeProposal: Edit[] = [
  ["governance.proposals.0.state", "active"],
  ["governance.proposals.0.closes_at", 5],
  ["governance.proposals.0.results", REMOVE],
  ["governance.proposals.0.invalid_votes", REMOVE],
  ["staking.governance_deposits", "100"],
  ["staking.common_pool", "400"],
];
const passedProposal: Edit[] = [["governance.proposals.0.state", "passed"]];
const secondUpgrade: Edit[] = [
  ["governance.params.upgrade_min_epoch_diff", 300],
  ["governance.proposals.1", {
    id: 2,
    submitter: RICH,
    state: "passed",
    deposit: "100",
    content: {
      upgrade: {
        v: 1,
        handler: "other",
        target: { consensus_protocol: { major: 7 }, runtime_host_protocol: { major: 5 }, runtime_committee_protocol: { major: 5 } },
        epoch: 799,
      },
    },
    created_at: 1,
    closes_at: 4,
    results: { yes: "10" },
  }],
];

/** Documents that differ from the base and are valid. */
export const validDocuments: readonly { readonly name: string; readonly edits: readonly Edit[] }[] = [
  { name: "the base document", edits: [] },
  { name: "height and chain ID", edits: [["height", 1], ["chain_id", " x "]] },
  { name: "an active proposal", edits: activeProposal },
  { name: "a passed upgrade", edits: passedProposal },
  { name: "two passed upgrades far enough apart", edits: [...passedProposal, ...secondUpgrade, ["governance.proposals.1.content.upgrade.epoch", 800]] },
  {
    name: "a passed upgrade that is cancelled",
    edits: [
      ...passedProposal,
      ...secondUpgrade,
      ["governance.proposals.2", { id: 3, submitter: RICH, state: "passed", deposit: "1", content: { cancel_upgrade: { proposal_id: 1 } }, created_at: 1, closes_at: 4 }],
    ],
  },
  { name: "an insecure beacon", edits: [...INSECURE, ["beacon.params.insecure_parameters", { interval: 1 }]] },
  { name: "no timeout_commit", edits: [["consensus.params.timeout_commit", 0], ["consensus.params.skip_timeout_commit", true]] },
  { name: "no checkpoints", edits: [["consensus.params.state_checkpoint_interval", 0], ["consensus.params.state_checkpoint_num_kept", REMOVE]] },
  { name: "a blacklisted VRF key", edits: [["consensus.params.public_key_blacklist", [text(keys.vrf)]]] },
  { name: "an expired node", edits: [["registry.nodes.0", signedNode({ expiration: 0n })]] },
  { name: "a validator without P2P address", edits: [["registry.nodes.0", signedNode({ p2p: { id: node.p2p.id, addresses: null } })]] },
  { name: "a node that signed twice", edits: [["registry.nodes.0", signedNode({}, [...nodeSigners, keys.node])]] },
  { name: "the same node twice", edits: [["registry.nodes.1", signedNode()]] },
  { name: "the same VRF key in two nodes", edits: [
    ["registry.entities.0", signedEntity({ nodes: [keys.node.publicKey, keys.otherNode.publicKey] })],
    ["registry.nodes.1", signedNode({ ...otherNode, vrf: node.vrf, roles: 32 | 1 }, otherNodeSigners.map((s, i) => (i === 3 ? keys.vrf : s)))],
    [`staking.ledger.${entity}.escrow.active.balance`, "700"],
    ["staking.total_supply", "1700"],
  ] },
  { name: "a confidential entry without capability", edits: [["registry.nodes.0", signedNode({ runtimes: firstRuntime ? [{ ...firstRuntime, id: runtimeIds.confidential as never }] : [] })]] },
  { name: "a node of the suspended runtime", edits: [["registry.nodes.0", signedNode({ runtimes: firstRuntime ? [{ ...firstRuntime, id: runtimeIds.suspended as never }] : [] })]] },
  { name: "the same entity twice", edits: [["registry.entities.1", signedEntity()]] },
  { name: "a default policy with an FMSPC whitelist", edits: [["registry.params.tee_features.sgx.default_policy", { pcs: { ...PCS_POLICY, fmspc_whitelist: ["00606A000000"] } }]] },
  { name: "a test runtime where they are allowed", edits: [["registry.params.debug_allow_test_runtimes", true], ["registry.runtimes.2.id", runtimeIds.test]] },
  { name: "runtime governance", edits: [["registry.runtimes.0.governance_model", "runtime"], [`staking.params.thresholds.runtime-compute`, "0"]] },
  { name: "future deployment", edits: [["registry.runtimes.0.deployments", [deployment(1, 0), deployment(2, 7)]]] },
  { name: "entity whitelist and per-role policy", edits: [["registry.runtimes.0.admission_policy", { entity_whitelist: { entities: { [text(keys.entity)]: { max_nodes: { compute: 1 } } } }, per_role: {} }]] },
  { name: "pruned commission rates", edits: [[`${schedule}.rates`, [{ rate: "30000" }, { start: 4, rate: "5000" }]]] },
  { name: "a future commission schedule", edits: [[`${schedule}.rates.0.start`, 9], [`${schedule}.bounds.0.start`, 9]] },
  { name: "an allowance of the whole supply", edits: [[`staking.ledger.${RICH}.general.allowances`, { [entity]: "1600" }]] },
  { name: "supply at the voting power limit", edits: [
    ["scheduler.params.voting_power_distribution", REMOVE],
    ["staking.common_pool", String((1n << 64n) - 17n - 1100n)],
    ["staking.total_supply", String((1n << 64n) - 17n)],
  ] },
  { name: "key manager policies", edits: kmPolicy([["policy", signedPolicy()], ["next_policy", signedPolicy({ serial: 2 })]]) },
  { name: "an unsigned key manager policy", edits: kmPolicy([["policy", signedPolicy()], ["policy.signatures", []]]) },
  { name: "a disabled vault without limit", edits: [["vault.params", { gas_costs: {} }]] },
  { name: "no vault", edits: [["vault", REMOVE]] },
  { name: "no churp threshold", edits: [["staking.params.thresholds.keymanager-churp", REMOVE]] },
];

const governance: readonly BrokenDocument[] = (
  [
    ["parameters", "stake threshold 66", [["governance.params.stake_threshold", 66]], "params.stake_threshold"],
    ["parameters", "stake threshold 101", [["governance.params.stake_threshold", 101]], "params.stake_threshold"],
    ["parameters", "voting period and upgrades", [["governance.params.upgrade_min_epoch_diff", 100]], "params.voting_period"],
    ["parameters", "voting period and cancellations", [["governance.params.upgrade_cancel_min_epoch_diff", 100]], "params.voting_period"],
    ["proposals", "created in the future", [["governance.proposals.0.created_at", 6]], "proposals[0].created_at"],
    ["proposals", "reserved submitter", [["governance.proposals.0.submitter", BURN]], "proposals[0].submitter"],
    ["proposals", "active and closed", [...activeProposal, ["governance.proposals.0.closes_at", 4]], "proposals[0].closes_at"],
    ["proposals", "active with results", [...activeProposal, ["governance.proposals.0.results", {}]], "proposals[0].results"],
    ["proposals", "active with invalid votes", [...activeProposal, ["governance.proposals.0.invalid_votes", 1]], "proposals[0].invalid_votes"],
    ["proposals", "active with a past upgrade", [...activeProposal, ["governance.proposals.0.content.upgrade.epoch", 4]], "proposals[0].content.upgrade.epoch"],
    ["proposals", "deposits", [...activeProposal, ["governance.proposals.0.deposit", "99"]], "proposals"],
    ["proposals", "closed in the future", [["governance.proposals.0.closes_at", 6]], "proposals[0].closes_at"],
    ["votes", "reserved voter", [["governance.vote_entries.1.0.voter", BURN]], "vote_entries.1[0].voter"],
    ["pending upgrades", "descriptor version", [...passedProposal, ["governance.proposals.0.content.upgrade.v", 2]], "proposals"],
    ["pending upgrades", "handler too short", [...passedProposal, ["governance.proposals.0.content.upgrade.handler", "ab"]], "proposals"],
    ["pending upgrades", "target without version", [...passedProposal, ["governance.proposals.0.content.upgrade.target.consensus_protocol", {}]], "proposals"],
    ["pending upgrades", "invalid epoch", [...passedProposal, ["governance.proposals.0.content.upgrade.epoch", MAX_U64]], "proposals"],
    ["pending upgrades", "too close", [...passedProposal, ...secondUpgrade], "proposals"],
  ] as readonly (readonly [string, string, readonly Edit[], string])[]
).map(([part, name, edits, path]) => ({
  name: `governance: ${name}`,
  edits,
  prefix: `governance: ${part} sanity check failed`,
  path: `governance.${path}`,
}));

const vault: readonly BrokenDocument[] = [
  {
    name: "vault: no authority addresses",
    edits: [["vault.params.max_authority_addresses", 0]],
    prefix: "vault: sanity check failed",
    path: "vault.params.max_authority_addresses",
  },
];

export const brokenDocuments: readonly BrokenDocument[] = [
  ...document,
  ...consensus,
  ...beacon,
  ...registryParameters,
  ...entities,
  ...runtimes,
  ...moreRuntimes,
  ...nodes,
  ...blacklisted,
  ...roothash,
  ...stakingParameters,
  ...ledger,
  ...keyManager,
  ...scheduler,
  ...governance,
  ...vault,
];
