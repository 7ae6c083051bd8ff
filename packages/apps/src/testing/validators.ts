// Validators as a genesis document has them: an entity with one node each, registered and staked.
import { bindContext, signatureContexts, testSigner, type Signer } from "@wadi/crypto";
import { entity, node, signature, staking, type Address, type genesis } from "@wadi/types";

const entityContext = bindContext(signatureContexts.registerEntity);
const nodeContext = bindContext(signatureContexts.registerNode);

/** A key of a validator's node. */
export function nodeSigner(name: string, use: "id" | "consensus" | "p2p" | "vrf" | "tls"): Signer {
  return testSigner(`${name}: ${use}`);
}

/** Its descriptors; by default the node is valid for longer than any test lasts. */
export function validatorDescriptors(
  name: string,
  owner: Signer,
  expiration = 1_000_000n,
): { readonly entity: entity.SignedEntity; readonly node: node.MultiSignedNode } {
  const uses = ["id", "consensus", "p2p", "vrf", "tls"] as const;
  const [id, consensus, p2p, vrf, tls] = uses.map((use) => nodeSigner(name, use)) as [
    Signer,
    Signer,
    Signer,
    Signer,
    Signer,
  ];
  const address = { ip: Uint8Array.of(35, 237, 83, 124), port: 9200n, zone: "" };
  const owned: entity.Entity = { v: entity.LATEST_ENTITY_VERSION, id: owner.publicKey, nodes: [id.publicKey] };
  const described: node.Node = {
    v: node.LATEST_NODE_VERSION,
    id: id.publicKey,
    entityId: owner.publicKey,
    expiration,
    tls: { pubKey: tls.publicKey },
    p2p: { id: p2p.publicKey, addresses: [address] },
    consensus: { id: consensus.publicKey, addresses: [{ id: p2p.publicKey, address }] },
    vrf: { id: vrf.publicKey },
    runtimes: null,
    roles: node.roles.validator,
    softwareVersion: "",
  };
  return {
    entity: signature.signValue(entity.Entity, owned, entityContext, owner),
    node: signature.multiSignValue(node.Node, described, nodeContext, [id, p2p, consensus, vrf, tls]),
  };
}

/** The document with these validators registered, each with `stake` delegated to itself. */
export function withValidators(
  document: genesis.Document,
  validators: readonly { readonly name: string; readonly owner: Signer; readonly address: Address }[],
  stake: bigint,
): genesis.Document {
  const descriptors = validators.map(({ name, owner }) => validatorDescriptors(name, owner));
  const ledger = new Map(document.staking.ledger);
  const delegations = new Map(document.staking.delegations);
  for (const { address } of validators) {
    const account = ledger.get(address) ?? staking.Account.zero();
    const active = { balance: stake, totalShares: stake };
    ledger.set(address, { ...account, escrow: { ...account.escrow, active } });
    delegations.set(address, new Map([[address, { shares: stake }]]));
  }
  const totalSupply = document.staking.totalSupply + stake * BigInt(validators.length);
  return {
    ...document,
    staking: { ...document.staking, ledger, delegations, totalSupply },
    registry: {
      ...document.registry,
      params: { ...document.registry.params, debugAllowUnroutableAddresses: true },
      entities: descriptors.map((one) => one.entity),
      nodes: descriptors.map((one) => one.node),
    },
    scheduler: {
      params: {
        ...document.scheduler.params,
        minValidators: 1n,
        maxValidators: BigInt(validators.length),
        maxValidatorsPerEntity: 1n,
      },
    },
  };
}
