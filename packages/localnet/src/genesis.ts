// The genesis document of a local network: one node that validates and computes, one runtime, and
// accounts with money. Parameters are chosen for speed; keys follow from names.
import {
  EMPTY_HASH,
  bindContext,
  signatureContexts,
  stakingAddress,
  testSigner,
  type Address,
  type NodeIdentity,
  type Signer,
} from "@wadi/crypto";
import {
  entity,
  genesis,
  node,
  registry,
  signature,
  staking,
  vault,
  version,
  type Hash,
  type Namespace,
  type Version,
} from "@wadi/types";
import type { NamedBundle } from "@wadi/node";

export const ACCOUNT_NAMES = ["alice", "bob", "charlie", "dave", "erin"] as const;

const BALANCE = 1_000_000_000_000n;
const STAKE = 1_000_000_000n;
const MILLISECOND = 1_000_000n;
/** Bytes. */
const MAX_BLOCK_SIZE = 4n << 20n;

/** A key that everybody knows: for local networks only. */
export function accountSigner(name: string): Signer {
  return testSigner(`wadi localnet account: ${name}`);
}

export function accountAddress(name: string): Address {
  return stakingAddress(accountSigner(name).publicKey);
}

/** Owns the node and the runtime. */
export function entitySigner(): Signer {
  return testSigner("wadi localnet entity");
}

export interface LocalGenesisOptions {
  readonly identity: NodeIdentity;
  readonly tls: Signer;
  readonly bundle: Pick<NamedBundle, "runtimeId" | "version" | "hash">;
  /** Blocks of an epoch; without it epochs begin when told. */
  readonly epochInterval?: bigint;
  /** Milliseconds between blocks; without it a block is made when there is something for it. */
  readonly blockTimeMs?: number;
  readonly now: { readonly seconds: bigint; readonly nanos: number };
}

/** The version of runtime descriptors. */
const RUNTIME_DESCRIPTOR_VERSION = 3;
/** Nobody connects to the node from elsewhere. */
export const LOCAL_ADDRESS = { ip: Uint8Array.of(127, 0, 0, 1), port: 9200n, zone: "" };

export function localGenesis(options: LocalGenesisOptions): genesis.Document {
  const { blockTimeMs = 0, epochInterval, identity, now } = options;
  const zero = genesis.Document.zero();
  const owner = entitySigner();
  const ownerAddress = stakingAddress(owner.publicKey);
  const balances = new Map<Address, bigint>([
    ...ACCOUNT_NAMES.map((name) => [accountAddress(name), BALANCE] as const),
    [ownerAddress, BALANCE],
    [stakingAddress(identity.node.publicKey), BALANCE],
  ]);
  const isMock = epochInterval === undefined;
  return {
    ...zero,
    height: 1n,
    genesisTime: now,
    chainId: "wadi localnet",
    beacon: {
      base: 0n,
      params: {
        ...zero.beacon.params,
        backend: "insecure",
        debugMockBackend: isMock,
        insecureParameters: { interval: epochInterval ?? 1_000_000n },
      },
    },
    registry: registrySection(options, owner),
    roothash: {
      ...zero.roothash,
      params: {
        ...zero.roothash.params,
        maxRuntimeMessages: 128,
        maxInRuntimeMessages: 128,
        maxPastRootsStored: 1200n,
      },
    },
    staking: stakingSection(balances, ownerAddress),
    scheduler: {
      params: { ...zero.scheduler.params, minValidators: 1n, maxValidators: 10n, maxValidatorsPerEntity: 10n },
    },
    governance: {
      ...zero.governance,
      params: {
        ...zero.governance.params,
        // There is an epoch for votes besides the one that a proposal is made in.
        votingPeriod: 2n,
        stakeThreshold: 90,
        upgradeMinEpochDiff: 30n,
        upgradeCancelMinEpochDiff: 30n,
        minProposalDeposit: 100n,
        enableChangeParametersProposal: true,
        allowVoteWithoutEntity: true,
      },
    },
    vault: {
      ...vault.Genesis.zero(),
      params: { ...vault.ConsensusParameters.zero(), enabled: true, maxAuthorityAddresses: 32 },
    },
    consensus: {
      backend: "tendermint",
      params: {
        ...zero.consensus.params,
        timeoutCommit: BigInt(Math.max(1, blockTimeMs)) * MILLISECOND,
        skipTimeoutCommit: blockTimeMs === 0,
        // Below what the mempool takes, so that what is refused is refused by consensus.
        maxTxSize: 1n << 19n,
        maxBlockSize: MAX_BLOCK_SIZE,
        maxEvidenceSize: 1n << 20n,
        gasCosts: new Map([["tx_byte", 1n]]),
        featureVersion: version(26, 1),
      },
    },
    extraData: null,
  };
}

function stakingSection(balances: ReadonlyMap<Address, bigint>, owner: Address): staking.Genesis {
  const zero = staking.Genesis.zero();
  const account = staking.Account.zero();
  const ledger = new Map(
    [...balances].map(([address, balance]) => {
      const general = { ...account.general, balance };
      const active = { balance: STAKE, totalShares: STAKE };
      return [
        address,
        address === owner ? { ...account, general, escrow: { ...account.escrow, active } } : { ...account, general },
      ];
    }),
  );
  return {
    ...zero,
    params: {
      ...zero.params,
      thresholds: new Map(Object.values(staking.thresholdKinds).map((kind) => [kind, 0n])),
      debondingInterval: 1n,
      maxAllowances: 32,
      allowEscrowMessages: true,
      commissionScheduleRules: {
        ...zero.params.commissionScheduleRules,
        rateChangeInterval: 1n,
        rateBoundLead: 1n,
        maxRateSteps: 10,
        maxBoundSteps: 10,
      },
      feeSplitWeightPropose: 2n,
      feeSplitWeightVote: 1n,
      feeSplitWeightNextPropose: 1n,
      gasCosts: new Map([["transfer", 10n]]),
    },
    tokenSymbol: "LOCAL",
    totalSupply: [...balances.values()].reduce((sum, balance) => sum + balance, STAKE),
    ledger,
    delegations: new Map([[owner, new Map([[owner, { shares: STAKE }]])]]),
  };
}

function registrySection({ bundle, identity, tls }: LocalGenesisOptions, owner: Signer): registry.Genesis {
  const zero = registry.Genesis.zero();
  const owned: entity.Entity = {
    v: entity.LATEST_ENTITY_VERSION,
    id: owner.publicKey,
    nodes: [identity.node.publicKey],
  };
  const described: node.Node = {
    ...node.NodeV3.zero(),
    v: node.LATEST_NODE_VERSION,
    id: identity.node.publicKey,
    entityId: owner.publicKey,
    // As far as a registration of the first epoch with a committee goes: it need not be renewed for that.
    expiration: 3n,
    tls: { pubKey: tls.publicKey },
    p2p: { id: identity.p2p.publicKey, addresses: [LOCAL_ADDRESS] },
    consensus: {
      id: identity.consensus.publicKey,
      addresses: [{ id: identity.p2p.publicKey, address: LOCAL_ADDRESS }],
    },
    vrf: { id: identity.vrf.publicKey },
    runtimes: [runtimeEntry(bundle.runtimeId, bundle.version)],
    roles: node.roles.validator | node.roles.compute,
    softwareVersion: "",
  };
  const signers = [identity.node, identity.p2p, identity.consensus, identity.vrf, tls];
  return {
    ...zero,
    params: {
      ...zero.params,
      debugAllowUnroutableAddresses: true,
      debugAllowTestRuntimes: true,
      maxNodeExpiration: 5n,
      enableRuntimeGovernanceModels: new Map([[registry.governanceModels.entity, true]]),
    },
    entities: [signature.signValue(entity.Entity, owned, bindContext(signatureContexts.registerEntity), owner)],
    nodes: [signature.multiSignValue(node.Node, described, bindContext(signatureContexts.registerNode), signers)],
    runtimes: [runtimeDescriptor(bundle, owner)],
  };
}

function runtimeEntry(id: Namespace, version_: Version): node.Runtime {
  return { ...node.Runtime.zero(), id, version: version_ };
}

function runtimeDescriptor(
  { hash, runtimeId, version: deployed }: LocalGenesisOptions["bundle"],
  owner: Signer,
): registry.Runtime {
  const zero = registry.Runtime.zero();
  return {
    ...zero,
    v: RUNTIME_DESCRIPTOR_VERSION,
    id: runtimeId,
    entityId: owner.publicKey,
    genesis: { stateRoot: EMPTY_HASH as Hash, round: 0n },
    kind: registry.runtimeKinds.compute,
    executor: {
      ...zero.executor,
      groupSize: 1,
      groupBackupSize: 0,
      roundTimeout: 20n,
      maxMessages: 128,
    },
    txnScheduler: {
      ...zero.txnScheduler,
      batchFlushTimeout: 1_000n * MILLISECOND,
      maxBatchSize: 1000n,
      maxBatchSizeBytes: 16n << 20n,
      maxInMessages: 128,
      proposeBatchTimeout: 2_000n * MILLISECOND,
    },
    admissionPolicy: { ...zero.admissionPolicy, anyNode: {} },
    governanceModel: registry.governanceModels.entity,
    deployments: [
      { ...registry.VersionInfo.zero(), version: deployed, validFrom: 0n, bundleChecksum: Buffer.from(hash, "hex") },
    ],
  };
}
