// A small network of staking accounts for tests and benchmarks: a genesis document, a machine
// with the applications under test, and blocks that are proposed and executed like real ones.
import { encodeCbor } from "@wadi/codec";
import { addressOfKey, type ConsensusAddress } from "@wadi/comet-types";
import { stakingAddress, testSigner, type Address, type Signer } from "@wadi/crypto";
import { genesis, staking, transaction, type consensusGenesis, type registry } from "@wadi/types";
import { must } from "@wadi/util";

import { allApplications, networkVerifier } from "../applications.ts";
import { beaconApplication } from "../beacon/app.ts";
import { beaconTimeSource } from "../beacon/time-source.ts";
import type { Application } from "../framework/application.ts";
import type { CommitVote } from "../framework/block-context.ts";
import type { BlockInput, ExecutedBlock } from "../framework/executed-block.ts";
import type { StateMachineOptions } from "../framework/state-machine-options.ts";
import { StateMachine } from "../framework/state-machine.ts";
import { MemoryStateStore } from "../framework/state-store.ts";
import { stakingApplication } from "../staking/app.ts";
import { stakingAuth } from "../staking/auth.ts";
import type { ValidatorNodes } from "../staking/ports.ts";
import { nodeSigner, withValidators } from "./validators.ts";

export interface TestNetworkOptions {
  /** Accounts by name, each with a general balance. */
  readonly accounts: Readonly<Record<string, bigint>>;
  /** The first of these proposes all blocks; all of them vote. */
  readonly validators?: readonly string[];
  readonly staking?: Partial<staking.ConsensusParameters>;
  readonly consensus?: Partial<consensusGenesis.Parameters>;
  /** Of the first block; default 1. */
  readonly initialHeight?: bigint;
  /** Blocks. */
  readonly epochInterval?: bigint;
  readonly commonPool?: bigint;
  /** Applications beside beacon and staking. */
  readonly more?: readonly Application[];
  /** All applications instead, with validators that are registered and have this stake. */
  readonly stake?: bigint;
  readonly machine?: Partial<StateMachineOptions>;
}

const noQuotes: registry.QuoteVerifier = {
  verifyQuote() {
    throw new RangeError("no quote expected");
  },
};
const thresholds = new Map(Object.values(staking.thresholdKinds).map((kind) => [kind, 0n]));

/** Beacon of the insecure back end, staking, and as many validators as are named. */
export class TestNetwork {
  readonly document: genesis.Document;
  readonly machine: StateMachine;
  readonly validators: readonly string[];
  readonly #isRegistered: boolean;
  readonly #signers = new Map<string, Signer>();
  readonly #nonces = new Map<string, bigint>();
  readonly #context: ReturnType<typeof transaction.transactionContext>;

  constructor(options: TestNetworkOptions) {
    this.validators = options.validators ?? ["validator"];
    const { stake } = options;
    const document = testDocument(options, (name) => this.address(name));
    this.#isRegistered = stake !== undefined;
    this.document = stake === undefined ? document : withValidators(document, this.#owners(), stake);
    this.machine = new StateMachine({
      applications:
        stake === undefined
          ? [beaconApplication(), stakingApplication(this.#nodes()), ...(options.more ?? [])]
          : allApplications({ quotes: noQuotes }),
      auth: stakingAuth,
      timeSource: beaconTimeSource,
      store: new MemoryStateStore(),
      document: this.document,
      verifier: networkVerifier(this.document),
      ...options.machine,
    });
    this.#context = transaction.transactionContext(this.machine.chainContext);
  }

  signer(name: string): Signer {
    const known = this.#signers.get(name) ?? testSigner(`account of ${name}`);
    this.#signers.set(name, known);
    return known;
  }

  address(name: string): Address {
    return stakingAddress(this.signer(name).publicKey);
  }

  /** The key a validator's node signs blocks with. */
  consensusSigner(name: string): Signer {
    return this.#isRegistered ? nodeSigner(name, "consensus") : this.signer(name);
  }

  consensusAddress(name: string): ConsensusAddress {
    return addressOfKey(this.consensusSigner(name).publicKey);
  }

  /** The nonce of the account's next transaction, as counted by `transaction`. */
  nonce(name: string): bigint {
    return this.#nonces.get(name) ?? 0n;
  }

  setNonce(name: string, nonce: bigint): void {
    this.#nonces.set(name, nonce);
  }

  /** A signed transaction with the account's next nonce. */
  transaction<T>(
    name: string,
    method: transaction.Method<T>,
    body: T,
    options: { readonly fee?: transaction.Fee | null; readonly nonce?: bigint } = {},
  ): Uint8Array {
    const { fee = { amount: 0n, gas: 1_000_000n }, nonce = this.nonce(name) } = options;
    if (options.nonce === undefined) this.#nonces.set(name, nonce + 1n);
    return this.sign(name, transaction.newTransaction(method, body, { nonce, fee }));
  }

  sign(name: string, tx: transaction.Transaction): Uint8Array {
    return encodeCbor(transaction.SignedTransaction, transaction.signTransaction(tx, this.#context, this.signer(name)));
  }

  /** What the engine says about the next block. */
  input(txs: readonly Uint8Array[], overrides: Partial<BlockInput> = {}): BlockInput {
    const height = this.machine.lastHeight === 0 ? this.machine.initialHeight : this.machine.lastHeight + 1;
    const votes: CommitVote[] = this.validators.map((name) => ({ address: this.consensusAddress(name), signed: true }));
    return {
      height,
      hash: "",
      time: { seconds: 1_700_000_000n + BigInt(height), nanos: 0 },
      proposerAddress: this.consensusAddress(must(this.validators[0])),
      lastCommit: this.machine.lastHeight === 0 ? [] : votes,
      misbehavior: [],
      txs,
      ...overrides,
    };
  }

  /** Proposes a block with the transactions; gives it as all nodes get it. */
  propose(txs: readonly Uint8Array[], overrides: Partial<BlockInput> = {}): BlockInput {
    const input = this.input(txs, overrides);
    const proposed = this.machine.prepareProposal(input, 100_000_000, this.consensusSigner(must(this.validators[0])));
    return { ...input, txs: proposed, hash: `block ${input.height}` };
  }

  /** Proposes, executes and commits a block with the transactions. */
  block(txs: readonly Uint8Array[], overrides: Partial<BlockInput> = {}): ExecutedBlock {
    const input = this.propose(txs, overrides);
    const executed = this.machine.processProposal(input);
    if (!executed.accepted) throw executed.reason;
    const result = this.machine.execute(input);
    this.machine.commit();
    return result;
  }

  #owners(): { readonly name: string; readonly owner: Signer; readonly address: Address }[] {
    return this.validators.map((name) => ({ name, owner: this.signer(name), address: this.address(name) }));
  }

  #nodes(): ValidatorNodes {
    const byAddress = new Map(
      this.validators.map((name) => [this.consensusAddress(name), this.signer(name).publicKey]),
    );
    return {
      byConsensusAddress(_state, address) {
        const key = byAddress.get(address);
        return key === undefined ? undefined : { id: key, entityId: key };
      },
      status: () => ({
        expirationProcessed: false,
        freezeEndTime: 0n,
        electionEligibleAfter: 0n,
        faults: new Map(),
      }),
      setStatus: () => undefined,
    };
  }
}

function testDocument(options: TestNetworkOptions, addressOf: (name: string) => Address): genesis.Document {
  const { accounts, commonPool = 0n, epochInterval = 10n } = options;
  const zero = genesis.Document.zero();
  const account = staking.Account.zero();
  const ledger = new Map(
    Object.entries(accounts).map(([name, balance]) => [
      addressOf(name),
      { ...account, general: { ...account.general, balance } },
    ]),
  );
  const total = Object.values(accounts).reduce((sum, balance) => sum + balance, commonPool);
  return {
    ...zero,
    height: options.initialHeight ?? 1n,
    genesisTime: { seconds: 1_700_000_000n, nanos: 0 },
    chainId: "test network",
    beacon: {
      base: 0n,
      params: { ...zero.beacon.params, backend: "insecure", insecureParameters: { interval: epochInterval } },
    },
    staking: {
      ...zero.staking,
      params: {
        ...zero.staking.params,
        thresholds,
        feeSplitWeightPropose: 2n,
        feeSplitWeightVote: 1n,
        feeSplitWeightNextPropose: 1n,
        ...options.staking,
      },
      tokenSymbol: "TEST",
      totalSupply: total,
      commonPool,
      ledger,
    },
    consensus: {
      backend: "tendermint",
      params: {
        ...zero.consensus.params,
        maxTxSize: 32_768n,
        maxBlockSize: 4_194_304n,
        ...options.consensus,
      },
    },
  };
}
