// Broken documents: entities, nodes and the key blacklist.
import type { BrokenDocument } from "./broken-document.ts";
import type { Edit, JsonValue } from "./edits.ts";
import {
  keys,
  nodeDescriptor,
  nodeSigners,
  otherNode,
  otherNodeSigners,
  runtimeIds,
  signedEntity,
  signedNode,
  text,
} from "./fixture.ts";

export const entities: readonly BrokenDocument[] = (
  [
    ["signature of another key", signedEntity({}, keys.otherEntity), 1],
    ["test key", signedEntity({ id: keys.testEntity.publicKey }, keys.testEntity), 2],
    ["duplicate nodes", signedEntity({ nodes: [keys.node.publicKey, keys.node.publicKey] }), 1],
    ["blacklisted node", signedEntity({ nodes: [keys.node.publicKey, keys.testEntity.publicKey] }), 1],
    ["version 3", signedEntity({ v: 3 }), 2],
    [
      "empty blob",
      { untrusted_raw_value: "", signature: { public_key: text(keys.entity), signature: `${"A".repeat(86)}==` } },
      2,
    ],
  ] as const
).map(([name, signed, code]) => ({
  name: `entity: ${name}`,
  edits: [["registry.entities.0", signed as JsonValue]],
  prefix: "entity sanity check failed",
  path: "registry.entities[0]",
  code,
}));

export const node = nodeDescriptor();

export const [firstRuntime] = node.runtimes ?? [];

const oneSigner = (
  ...replaced: readonly [number, (typeof nodeSigners)[number]][]
): readonly (typeof nodeSigners)[number][] =>
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
  [
    "key manager runtime without the role",
    signedNode({ runtimes: firstRuntime ? [{ ...firstRuntime, id: runtimeIds.keyManager }] : [] }),
    1,
  ],
  ["compute runtime without the role", signedNode({ roles: 8 }), 1],
  ["blacklisted consensus key", signedNode({ consensus: { ...node.consensus, id: keys.testEntity.publicKey } }), 1],
  ["not signed by the consensus key", signedNode({}, oneSigner([2, keys.otherConsensus])), 1],
  ["validator without consensus address", signedNode({ consensus: { ...node.consensus, addresses: null } }), 1],
  [
    "blacklisted consensus address key",
    signedNode({
      consensus: {
        ...node.consensus,
        addresses: (node.consensus.addresses ?? []).map((a) => ({ ...a, id: keys.testEntity.publicKey })),
      },
    }),
    1,
  ],
  [
    "unroutable consensus address",
    signedNode({
      consensus: {
        ...node.consensus,
        addresses: [{ id: node.p2p.id, address: { ip: Uint8Array.of(10, 0, 0, 1), port: 1n, zone: "" } }],
      },
    }),
    1,
  ],
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

export const nodes: readonly BrokenDocument[] = [
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

export const blacklisted: readonly BrokenDocument[] = [
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
