// Documents that differ from the base document and are valid.
import { signedPolicy, kmPolicy, activeProposal, passedProposal, secondUpgrade } from "./broken-governance.ts";
import { node, firstRuntime } from "./broken-nodes.ts";
import { INSECURE } from "./broken-parameters.ts";
import { deployment, PCS_POLICY } from "./broken-runtimes.ts";
import { entity, schedule } from "./broken-staking.ts";
import { type Edit, REMOVE } from "./edits.ts";
import {
  keys,
  otherNode,
  otherNodeSigners,
  nodeSigners,
  RICH,
  runtimeIds,
  signedEntity,
  signedNode,
  text,
} from "./fixture.ts";

/** Documents that differ from the base and are valid. */
export const validDocuments: readonly { readonly name: string; readonly edits: readonly Edit[] }[] = [
  { name: "the base document", edits: [] },
  {
    name: "height and chain ID",
    edits: [
      ["height", 1],
      ["chain_id", " x "],
    ],
  },
  { name: "an active proposal", edits: activeProposal },
  { name: "a passed upgrade", edits: passedProposal },
  {
    name: "two passed upgrades far enough apart",
    edits: [...passedProposal, ...secondUpgrade, ["governance.proposals.1.content.upgrade.epoch", 800]],
  },
  {
    name: "a passed upgrade that is cancelled",
    edits: [
      ...passedProposal,
      ...secondUpgrade,
      [
        "governance.proposals.2",
        {
          id: 3,
          submitter: RICH,
          state: "passed",
          deposit: "1",
          content: { cancel_upgrade: { proposal_id: 1 } },
          created_at: 1,
          closes_at: 4,
        },
      ],
    ],
  },
  { name: "an insecure beacon", edits: [...INSECURE, ["beacon.params.insecure_parameters", { interval: 1 }]] },
  {
    name: "no timeout_commit",
    edits: [
      ["consensus.params.timeout_commit", 0],
      ["consensus.params.skip_timeout_commit", true],
    ],
  },
  {
    name: "no checkpoints",
    edits: [
      ["consensus.params.state_checkpoint_interval", 0],
      ["consensus.params.state_checkpoint_num_kept", REMOVE],
    ],
  },
  { name: "a blacklisted VRF key", edits: [["consensus.params.public_key_blacklist", [text(keys.vrf)]]] },
  { name: "an expired node", edits: [["registry.nodes.0", signedNode({ expiration: 0n })]] },
  {
    name: "a validator without P2P address",
    edits: [["registry.nodes.0", signedNode({ p2p: { id: node.p2p.id, addresses: null } })]],
  },
  { name: "a node that signed twice", edits: [["registry.nodes.0", signedNode({}, [...nodeSigners, keys.node])]] },
  { name: "the same node twice", edits: [["registry.nodes.1", signedNode()]] },
  {
    name: "the same VRF key in two nodes",
    edits: [
      ["registry.entities.0", signedEntity({ nodes: [keys.node.publicKey, keys.otherNode.publicKey] })],
      [
        "registry.nodes.1",
        signedNode(
          { ...otherNode, vrf: node.vrf, roles: 32 | 1 },
          otherNodeSigners.map((s, i) => (i === 3 ? keys.vrf : s)),
        ),
      ],
      [`staking.ledger.${entity}.escrow.active.balance`, "700"],
      ["staking.total_supply", "1700"],
    ],
  },
  {
    name: "a confidential entry without capability",
    edits: [
      [
        "registry.nodes.0",
        signedNode({ runtimes: firstRuntime ? [{ ...firstRuntime, id: runtimeIds.confidential }] : [] }),
      ],
    ],
  },
  {
    name: "a node of the suspended runtime",
    edits: [
      [
        "registry.nodes.0",
        signedNode({ runtimes: firstRuntime ? [{ ...firstRuntime, id: runtimeIds.suspended }] : [] }),
      ],
    ],
  },
  { name: "the same entity twice", edits: [["registry.entities.1", signedEntity()]] },
  {
    name: "a default policy with an FMSPC whitelist",
    edits: [
      [
        "registry.params.tee_features.sgx.default_policy",
        { pcs: { ...PCS_POLICY, fmspc_whitelist: ["00606A000000"] } },
      ],
    ],
  },
  {
    name: "a test runtime where they are allowed",
    edits: [
      ["registry.params.debug_allow_test_runtimes", true],
      ["registry.runtimes.2.id", runtimeIds.test],
    ],
  },
  {
    name: "runtime governance",
    edits: [
      ["registry.runtimes.0.governance_model", "runtime"],
      [`staking.params.thresholds.runtime-compute`, "0"],
    ],
  },
  { name: "future deployment", edits: [["registry.runtimes.0.deployments", [deployment(1, 0), deployment(2, 7)]]] },
  {
    name: "entity whitelist and per-role policy",
    edits: [
      [
        "registry.runtimes.0.admission_policy",
        { entity_whitelist: { entities: { [text(keys.entity)]: { max_nodes: { compute: 1 } } } }, per_role: {} },
      ],
    ],
  },
  { name: "pruned commission rates", edits: [[`${schedule}.rates`, [{ rate: "30000" }, { start: 4, rate: "5000" }]]] },
  {
    name: "a future commission schedule",
    edits: [
      [`${schedule}.rates.0.start`, 9],
      [`${schedule}.bounds.0.start`, 9],
    ],
  },
  {
    name: "an allowance of the whole supply",
    edits: [[`staking.ledger.${RICH}.general.allowances`, { [entity]: "1600" }]],
  },
  {
    name: "supply at the voting power limit",
    edits: [
      ["scheduler.params.voting_power_distribution", REMOVE],
      ["staking.common_pool", String((1n << 64n) - 17n - 1100n)],
      ["staking.total_supply", String((1n << 64n) - 17n)],
    ],
  },
  {
    name: "key manager policies",
    edits: kmPolicy([
      ["policy", signedPolicy()],
      ["next_policy", signedPolicy({ serial: 2 })],
    ]),
  },
  {
    name: "an unsigned key manager policy",
    edits: kmPolicy([
      ["policy", signedPolicy()],
      ["policy.signatures", []],
    ]),
  },
  { name: "a disabled vault without limit", edits: [["vault.params", { gas_costs: {} }]] },
  { name: "no vault", edits: [["vault", REMOVE]] },
  { name: "no churp threshold", edits: [["staking.params.thresholds.keymanager-churp", REMOVE]] },
];
