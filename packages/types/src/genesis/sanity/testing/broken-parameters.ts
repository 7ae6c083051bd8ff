// Broken documents: the document itself and the parameters of its sections.
import type { BrokenDocument } from "./broken-document.ts";
import { type Edit, type JsonValue, REMOVE } from "./edits.ts";
import { keys, STAKE_NEEDED, text } from "./fixture.ts";

export const MAX_U64 = (1n << 64n) - 1n;

export const document: readonly BrokenDocument[] = [
  { name: "height 0", edits: [["height", 0]], prefix: "genesis: sanity check failed", path: "height" },
  { name: "negative height", edits: [["height", -5]], prefix: "genesis: sanity check failed", path: "height" },
  { name: "empty chain ID", edits: [["chain_id", ""]], prefix: "genesis: sanity check failed", path: "chain_id" },
  {
    name: "blank chain ID",
    edits: [["chain_id", " \t\u00a0\u2003\u0085\n"]],
    prefix: "genesis: sanity check failed",
    path: "chain_id",
  },
];

export const consensus: readonly BrokenDocument[] = (
  [
    ["timeout_commit too short", [["timeout_commit", 999_999]], "timeout_commit"],
    ["timeout_commit negative", [["timeout_commit", -1]], "timeout_commit"],
    ["checkpoint interval too small", [["state_checkpoint_interval", 999]], "state_checkpoint_interval", true],
    ["no checkpoints kept", [["state_checkpoint_num_kept", 0]], "state_checkpoint_num_kept", true],
    ["checkpoint chunks too small", [["state_checkpoint_chunk_size", 1048575]], "state_checkpoint_chunk_size", true],
    [
      "repeated blacklist entry",
      [["public_key_blacklist", [text(keys.policy), text(keys.policy)]]],
      "public_key_blacklist[1]",
    ],
    [
      "built-in blacklist entry",
      [["public_key_blacklist", ["Gr4R7cAB//////////////////////////////////8="]]],
      "public_key_blacklist[0]",
    ],
  ] as const
).map(([name, edits, path, passesInDebugMode = false]) => ({
  name: `consensus: ${name}`,
  edits: edits.map(([member, value]): Edit => [`consensus.params.${member}`, value as JsonValue]),
  prefix: "consensus: sanity check failed",
  path: `consensus.params.${path}`,
  passesInDebugMode,
}));

export const INSECURE: readonly Edit[] = [
  ["beacon.params.backend", "insecure"],
  ["beacon.params.vrf_parameters", REMOVE],
];

export const beacon: readonly BrokenDocument[] = (
  [
    ["unknown backend", [["beacon.params.backend", "pvss"]], "params.backend"],
    ["VRF without parameters", [["beacon.params.vrf_parameters", REMOVE]], "params.vrf_parameters"],
    [
      "alpha threshold 0",
      [["beacon.params.vrf_parameters.alpha_hq_threshold", 0]],
      "params.vrf_parameters.alpha_hq_threshold",
    ],
    ["VRF interval 0", [["beacon.params.vrf_parameters.interval", 0]], "params.vrf_parameters.interval"],
    ["VRF interval negative", [["beacon.params.vrf_parameters.interval", -1]], "params.vrf_parameters.interval"],
    ["proof delay 0", [["beacon.params.vrf_parameters.proof_delay", 0]], "params.vrf_parameters.proof_delay"],
    [
      "proof delay not below interval",
      [["beacon.params.vrf_parameters.proof_delay", 600]],
      "params.vrf_parameters.proof_delay",
    ],
    ["insecure without parameters", INSECURE, "params.insecure_parameters"],
    [
      "insecure interval 0",
      [...INSECURE, ["beacon.params.insecure_parameters", {}]],
      "params.insecure_parameters.interval",
    ],
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

export const registryParameters: readonly BrokenDocument[] = (
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

export const roothash: readonly BrokenDocument[] = ["debug_do_not_suspend_runtimes", "debug_bypass_stake"].map(
  (member) => ({
    name: `roothash: ${member}`,
    edits: [[`roothash.params.${member}`, true]],
    prefix: "roothash: sanity check failed",
    path: `roothash.params.${member}`,
    passesInDebugMode: true,
  }),
);

const HUGE = (1n << 68n) + 1000n;

export const scheduler: readonly BrokenDocument[] = [
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

export const vault: readonly BrokenDocument[] = [
  {
    name: "vault: no authority addresses",
    edits: [["vault.params.max_authority_addresses", 0]],
    prefix: "vault: sanity check failed",
    path: "vault.params.max_authority_addresses",
  },
];
