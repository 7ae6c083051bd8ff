// Broken documents: staking parameters, ledger and stake.
import type { BrokenDocument } from "./broken-document.ts";
import { MAX_U64 } from "./broken-parameters.ts";
import { type Edit, REMOVE } from "./edits.ts";
import { accountOf, BURN, COMMON_POOL, keys, RICH, signedEntity, STAKE_NEEDED } from "./fixture.ts";

export const entity = accountOf(keys.entity);

const zeroSplit: Edit[] = ["propose", "vote", "next_propose"].map((who) => [
  `staking.params.fee_split_weight_${who}`,
  "0",
]);

export const stakingParameters: readonly BrokenDocument[] = (
  [
    ["bypassed stake", [["staking.params.debug_bypass_stake", true]], "debug_bypass_stake", true],
    ...[
      "entity",
      "node-validator",
      "node-compute",
      "node-observer",
      "node-keymanager",
      "runtime-compute",
      "runtime-keymanager",
    ].map(
      (kind) => [`no threshold for ${kind}`, [[`staking.params.thresholds.${kind}`, REMOVE]], "thresholds"] as const,
    ),
    ["no fee split", zeroSplit, "fee_split_weight_propose"],
    [
      "minimum commission over unity",
      [["staking.params.commission_schedule_rules.min_commission_rate", "100001"]],
      "commission_schedule_rules.min_commission_rate",
    ],
    ["reward scale too large", [["staking.params.reward_schedule.0.scale", "100000001"]], "reward_schedule[0].scale"],
    ["reward until invalid", [["staking.params.reward_schedule.0.until", MAX_U64]], "reward_schedule[0].until"],
    ["reward until 0", [["staking.params.reward_schedule.0.until", 0]], "reward_schedule[0].until"],
    [
      "reward steps out of order",
      [["staking.params.reward_schedule.1", { until: 1000, scale: "1" }]],
      "reward_schedule[1].until",
    ],
    [
      "reward threshold over unity",
      [["staking.params.signing_reward_threshold_numerator", 5]],
      "signing_reward_threshold_numerator",
    ],
  ] as readonly (readonly [string, readonly Edit[], string, boolean?])[]
).map(([name, edits, path, passesInDebugMode = false]) => ({
  name: `staking: ${name}`,
  edits,
  prefix: "staking: sanity check failed",
  path: `staking.params.${path}`,
  passesInDebugMode,
}));

const rules = "staking.params.commission_schedule_rules";

export const schedule = `staking.ledger.${entity}.escrow.commission_schedule`;

const scheduleCases: readonly (readonly [string, readonly Edit[]])[] = [
  ["too many rate steps", [[`${rules}.max_rate_steps`, 0]]],
  ["too many bound steps", [[`${rules}.max_bound_steps`, 0]]],
  [
    "unaligned rate",
    [
      [`${rules}.rate_change_interval`, 2],
      [`${schedule}.rates.0.start`, 1],
    ],
  ],
  [
    "unaligned bound",
    [
      [`${rules}.rate_change_interval`, 2],
      [`${schedule}.bounds.0.start`, 1],
    ],
  ],
  ["rates out of order", [[`${schedule}.rates.1`, { rate: "1" }]]],
  ["bounds out of order", [[`${schedule}.bounds.1`, { rate_min: "0", rate_max: "1" }]]],
  ["rate over unity", [[`${schedule}.rates.0.rate`, "100001"]]],
  ["bound over unity", [[`${schedule}.bounds.0.rate_max`, "100001"]]],
  [
    "rate below the minimum",
    [
      [`${rules}.min_commission_rate`, "5001"],
      [`${schedule}.bounds.0.rate_min`, "5001"],
    ],
  ],
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

export const ledger: readonly BrokenDocument[] = [
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
      [
        "reserved account",
        [[`staking.ledger.${COMMON_POOL}`, { general: { balance: "0" }, escrow: {} }]],
        `ledger.${COMMON_POOL}`,
      ],
      ["burn account", [[`staking.ledger.${BURN}`, { general: { balance: "0" }, escrow: {} }]], `ledger.${BURN}`],
      [
        "allowance of a reserved account",
        [[`staking.ledger.${RICH}.general.allowances`, { [BURN]: "1" }]],
        `ledger.${RICH}.general.allowances.${BURN}`,
      ],
      [
        "allowance above the supply",
        [[`staking.ledger.${RICH}.general.allowances`, { [entity]: "1601" }]],
        `ledger.${RICH}.general.allowances.${entity}`,
      ],
      [
        "delegation to nobody",
        [["staking.delegations", { [accountOf(keys.policy)]: {} }]],
        `delegations.${accountOf(keys.policy)}`,
      ],
      [
        "delegation from a reserved account",
        [[`staking.delegations.${entity}.${BURN}`, { shares: "0" }]],
        `delegations.${entity}.${BURN}`,
      ],
      [
        "delegated shares",
        [[`staking.delegations.${entity}.${RICH}.shares`, "999"]],
        `ledger.${entity}.escrow.active.total_shares`,
      ],
      [
        "debonding delegation to nobody",
        [["staking.debonding_delegations", { [accountOf(keys.policy)]: {} }]],
        `debonding_delegations.${accountOf(keys.policy)}`,
      ],
      [
        "debonding from a reserved account",
        [[`staking.debonding_delegations.${entity}.${BURN}`, []]],
        `debonding_delegations.${entity}.${BURN}`,
      ],
      [
        "debonding shares",
        [[`staking.debonding_delegations.${entity}.${RICH}.0.shares`, "99"]],
        `ledger.${entity}.escrow.debonding.total_shares`,
      ],
      ["shares without delegations", [["staking.delegations", REMOVE]], `ledger.${entity}.escrow.active.total_shares`],
      [
        "balance without delegations",
        [
          ["staking.delegations", REMOVE],
          [`staking.ledger.${entity}.escrow.active.total_shares`, "0"],
        ],
        `ledger.${entity}.escrow.active.balance`,
      ],
      [
        "debonding balance without delegations",
        [
          ["staking.debonding_delegations", REMOVE],
          [`staking.ledger.${entity}.escrow.debonding.total_shares`, "0"],
        ],
        `ledger.${entity}.escrow.debonding.balance`,
      ],
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
