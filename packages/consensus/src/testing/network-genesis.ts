// Genesis documents of small networks for tests: some validators with a stake, some accounts with
// a balance, and a beacon whose epochs are as short as a test wants. Keys follow from names.
import { nodeSigner, withValidators } from "@wadi/apps/testing";
import { stakingAddress, testSigner, type Address, type Signer } from "@wadi/crypto";
import { genesis, staking, type beacon, type consensusGenesis } from "@wadi/types";

export interface TestGenesisOptions {
  /** Names of the validators' nodes; their owners are the accounts of the same names. */
  readonly validators: readonly string[];
  /** Balances by name, beside what the owners of validators get. */
  readonly accounts?: Readonly<Record<string, bigint>>;
  /** Default: VRF. */
  readonly beacon?: "vrf" | "insecure";
  /** Blocks of an epoch. */
  readonly epochInterval?: bigint;
  /** Of the first block; default 1. */
  readonly initialHeight?: bigint;
  /** Default: a moment in 2023. */
  readonly genesisTime?: genesis.Document["genesisTime"];
  readonly consensus?: Partial<consensusGenesis.Parameters>;
  readonly staking?: Partial<staking.ConsensusParameters>;
}

/** Base units of each validator and of each owner's and node's account. */
const STAKE = 1_000_000_000n;
const BALANCE = 1_000_000_000n;
const MILLISECOND = 1_000_000n;

/** The owner of an account or of a validator. */
export function accountSigner(name: string): Signer {
  return testSigner(`account of ${name}`);
}

export function accountAddress(name: string): Address {
  return stakingAddress(accountSigner(name).publicKey);
}

/** The document; passes the sanity check of a network that allows debug parameters. */
export function testGenesis(options: TestGenesisOptions): genesis.Document {
  const { accounts = {}, initialHeight = 1n, validators } = options;
  const zero = genesis.Document.zero();
  const balances = new Map<Address, bigint>([
    ...Object.entries(accounts).map(([name, balance]) => [accountAddress(name), balance] as const),
    ...validators.map((name) => [accountAddress(name), BALANCE] as const),
    // Nodes pay for their own transactions.
    ...validators.map((name) => [stakingAddress(nodeSigner(name, "id").publicKey), BALANCE] as const),
  ]);
  const document: genesis.Document = {
    ...zero,
    height: initialHeight,
    genesisTime: options.genesisTime ?? { seconds: 1_700_000_000n, nanos: 0 },
    chainId: `test network of ${validators.length}`,
    beacon: { base: 0n, params: beaconParameters(options) },
    staking: stakingSection(balances, options.staking),
    governance: { ...zero.governance, params: { ...zero.governance.params, ...governanceParameters } },
    consensus: {
      backend: "tendermint",
      params: { ...zero.consensus.params, ...consensusParameters, ...options.consensus },
    },
  };
  const owners = validators.map((name) => ({ name, owner: accountSigner(name), address: accountAddress(name) }));
  return withValidators(document, owners, STAKE);
}

function beaconParameters({ beacon = "vrf", epochInterval = 20n }: TestGenesisOptions): beacon.ConsensusParameters {
  const none = { debugMockBackend: false, insecureParameters: null, vrfParameters: null };
  if (beacon === "insecure") return { ...none, backend: "insecure", insecureParameters: { interval: epochInterval } };
  const gasCosts = new Map([["vrf_prove", 1000n]]);
  const vrfParameters = {
    alphaHqThreshold: 1n,
    interval: epochInterval,
    proofDelay: epochInterval / 2n,
    gasCosts,
  };
  return { ...none, backend: "vrf", vrfParameters };
}

const governanceParameters = {
  votingPeriod: 10n,
  stakeThreshold: 90,
  upgradeMinEpochDiff: 30n,
  upgradeCancelMinEpochDiff: 30n,
  minProposalDeposit: 100n,
};

const consensusParameters: Partial<consensusGenesis.Parameters> = {
  timeoutCommit: MILLISECOND,
  skipTimeoutCommit: true,
  maxTxSize: 32_768n,
  maxBlockSize: 4_194_304n,
  maxEvidenceSize: 1_048_576n,
  gasCosts: new Map([["tx_byte", 1n]]),
};

function stakingSection(
  balances: ReadonlyMap<Address, bigint>,
  params: TestGenesisOptions["staking"],
): staking.Genesis {
  const zero = staking.Genesis.zero();
  const account = staking.Account.zero();
  const ledger = new Map(
    [...balances].map(([address, balance]) => [address, { ...account, general: { ...account.general, balance } }]),
  );
  return {
    ...zero,
    params: {
      ...zero.params,
      thresholds: new Map(Object.values(staking.thresholdKinds).map((kind) => [kind, 0n])),
      debondingInterval: 1n,
      feeSplitWeightPropose: 2n,
      feeSplitWeightVote: 1n,
      feeSplitWeightNextPropose: 1n,
      gasCosts: new Map([["transfer", 10n]]),
      ...params,
    },
    tokenSymbol: "TEST",
    totalSupply: [...balances.values()].reduce((sum, balance) => sum + balance, 0n),
    ledger,
  };
}
