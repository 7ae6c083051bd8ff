// Broken documents: key manager policies and governance.
import { encodeCbor, encodeJson } from "@wadi/codec";
import { bindContext, signatureContexts } from "@wadi/crypto";
import { PolicySGX, SignedPolicySGX } from "../../../keymanager/secrets/policy.ts";
import type { BrokenDocument } from "./broken-document.ts";
import { MAX_U64 } from "./broken-parameters.ts";
import { type Edit, type JsonValue, parseJson, REMOVE } from "./edits.ts";
import { BURN, keys, RICH, runtimeIds, text } from "./fixture.ts";

export function signedPolicy(changes: Partial<PolicySGX> = {}, signer = keys.policy): JsonValue {
  const policy: PolicySGX = {
    serial: 1,
    id: runtimeIds.keyManager,
    enclaves: new Map(),
    masterSecretRotationInterval: 0n,
    maxEphemeralSecretAge: 0n,
    ...changes,
  };
  const signature = signer.sign(bindContext(signatureContexts.keyManagerPolicy), encodeCbor(PolicySGX, policy));
  const signed = { policy, signatures: [{ publicKey: signer.publicKey, signature }] };
  return parseJson(encodeJson(SignedPolicySGX, signed));
}

export const kmPolicy = (edits: readonly Edit[]): Edit[] =>
  edits.map(([path, value]) => [`keymanager.statuses.0.${path}`, value]);

export const keyManager: readonly BrokenDocument[] = (
  [
    ["ID without the flag", [["id", runtimeIds.compute]], "id"],
    ["blacklisted node", [["nodes", [text(keys.testEntity)]]], "nodes[0]"],
    ["policy signed by a test key", [["policy", signedPolicy({}, keys.testEntity)]], "policy.signatures[0]"],
    [
      "policy changed after signing",
      [
        ["policy", signedPolicy()],
        ["policy.policy.serial", 2],
      ],
      "policy.signatures[0]",
    ],
    [
      "next policy changed after signing",
      [
        ["next_policy", signedPolicy()],
        ["next_policy.policy.serial", 2],
      ],
      "next_policy.signatures[0]",
    ],
    [
      "next policy of another runtime",
      [
        ["policy", signedPolicy()],
        ["next_policy", signedPolicy({ serial: 2, id: runtimeIds.compute })],
      ],
      "next_policy.policy.id",
    ],
    [
      "next policy with the same serial",
      [
        ["policy", signedPolicy()],
        ["next_policy", signedPolicy()],
      ],
      "next_policy.policy.serial",
    ],
  ] as readonly (readonly [string, readonly Edit[], string])[]
).map(([name, edits, path]) => ({
  name: `keymanager: ${name}`,
  edits: kmPolicy(edits),
  prefix: "keymanager: sanity check failed",
  path: `keymanager.statuses[0].${path}`,
}));

export const activeProposal: Edit[] = [
  ["governance.proposals.0.state", "active"],
  ["governance.proposals.0.closes_at", 5],
  ["governance.proposals.0.results", REMOVE],
  ["governance.proposals.0.invalid_votes", REMOVE],
  ["staking.governance_deposits", "100"],
  ["staking.common_pool", "400"],
];

export const passedProposal: Edit[] = [["governance.proposals.0.state", "passed"]];

export const secondUpgrade: Edit[] = [
  ["governance.params.upgrade_min_epoch_diff", 300],
  [
    "governance.proposals.1",
    {
      id: 2,
      submitter: RICH,
      state: "passed",
      deposit: "100",
      content: {
        upgrade: {
          v: 1,
          handler: "other",
          target: {
            consensus_protocol: { major: 7 },
            runtime_host_protocol: { major: 5 },
            runtime_committee_protocol: { major: 5 },
          },
          epoch: 799,
        },
      },
      created_at: 1,
      closes_at: 4,
      results: { yes: "10" },
    },
  ],
];

export const governance: readonly BrokenDocument[] = (
  [
    ["parameters", "stake threshold 66", [["governance.params.stake_threshold", 66]], "params.stake_threshold"],
    ["parameters", "stake threshold 101", [["governance.params.stake_threshold", 101]], "params.stake_threshold"],
    [
      "parameters",
      "voting period and upgrades",
      [["governance.params.upgrade_min_epoch_diff", 100]],
      "params.voting_period",
    ],
    [
      "parameters",
      "voting period and cancellations",
      [["governance.params.upgrade_cancel_min_epoch_diff", 100]],
      "params.voting_period",
    ],
    ["proposals", "created in the future", [["governance.proposals.0.created_at", 6]], "proposals[0].created_at"],
    ["proposals", "reserved submitter", [["governance.proposals.0.submitter", BURN]], "proposals[0].submitter"],
    [
      "proposals",
      "active and closed",
      [...activeProposal, ["governance.proposals.0.closes_at", 4]],
      "proposals[0].closes_at",
    ],
    [
      "proposals",
      "active with results",
      [...activeProposal, ["governance.proposals.0.results", {}]],
      "proposals[0].results",
    ],
    [
      "proposals",
      "active with invalid votes",
      [...activeProposal, ["governance.proposals.0.invalid_votes", 1]],
      "proposals[0].invalid_votes",
    ],
    [
      "proposals",
      "active with a past upgrade",
      [...activeProposal, ["governance.proposals.0.content.upgrade.epoch", 4]],
      "proposals[0].content.upgrade.epoch",
    ],
    ["proposals", "deposits", [...activeProposal, ["governance.proposals.0.deposit", "99"]], "proposals"],
    ["proposals", "closed in the future", [["governance.proposals.0.closes_at", 6]], "proposals[0].closes_at"],
    ["votes", "reserved voter", [["governance.vote_entries.1.0.voter", BURN]], "vote_entries.1[0].voter"],
    [
      "pending upgrades",
      "descriptor version",
      [...passedProposal, ["governance.proposals.0.content.upgrade.v", 2]],
      "proposals",
    ],
    [
      "pending upgrades",
      "handler too short",
      [...passedProposal, ["governance.proposals.0.content.upgrade.handler", "ab"]],
      "proposals",
    ],
    [
      "pending upgrades",
      "target without version",
      [...passedProposal, ["governance.proposals.0.content.upgrade.target.consensus_protocol", {}]],
      "proposals",
    ],
    [
      "pending upgrades",
      "invalid epoch",
      [...passedProposal, ["governance.proposals.0.content.upgrade.epoch", MAX_U64]],
      "proposals",
    ],
    ["pending upgrades", "too close", [...passedProposal, ...secondUpgrade], "proposals"],
  ] as readonly (readonly [string, string, readonly Edit[], string])[]
).map(([part, name, edits, path]) => ({
  name: `governance: ${name}`,
  edits,
  prefix: `governance: ${part} sanity check failed`,
  path: `governance.${path}`,
}));
