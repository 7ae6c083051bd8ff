// A chain without an engine: blocks are made, validated and executed by the engine's rules and
// committed by all validators, in one call each and on one state machine. For tests of what the
// applications and the application interface do; rounds, disks and peers have no part in it.
import {
  MemoryStateStore,
  networkStateMachine,
  networkVerifier,
  type NetworkOptions,
  type StateMachine,
} from "@wadi/apps";
import { nodeSigner } from "@wadi/apps/testing";
import { encodeCbor } from "@wadi/codec";
import {
  EMPTY_COMMIT,
  blockRequest,
  createProposalBlock,
  executeBlock,
  genesisState,
  validateNextBlock,
  withAppHash,
  type BlockResponse,
  type CommitResponse,
} from "@wadi/comet-core";
import {
  BlockIdFlag,
  NANOS_PER_SECOND,
  addressOfKey,
  blockIdOf,
  blockPartSet,
  commitSignBytes,
  engineVerifier,
  resultsHash,
  signaturePrehash,
  type Block,
  type BlockId,
  type Commit,
  type ConsensusAddress,
  type EngineState,
} from "@wadi/comet-types";
import { KeyCache, verifyEd25519, type MemorySigner, type Signer } from "@wadi/crypto";
import { transaction, type genesis, type registry } from "@wadi/types";
import { assert, must } from "@wadi/util";

import { engineGenesis } from "../genesis.ts";
import { NodeApplication, type NodeApplicationOptions } from "../node-application.ts";

export const noQuotes: registry.QuoteVerifier = {
  verifyQuote() {
    throw new RangeError("no quote expected");
  },
};

export interface TestChainOptions {
  readonly document: genesis.Document;
  /** Names of the validators of the document. */
  readonly validators: readonly string[];
  readonly machine?: Partial<NetworkOptions>;
  readonly application?: Partial<NodeApplicationOptions>;
}

export interface MadeBlock {
  readonly block: Block;
  readonly response: BlockResponse;
  readonly commit: CommitResponse;
}

const keys = new KeyCache();
const verifier = engineVerifier((key, digest, signature) => verifyEd25519(key, digest, signature, keys));

export class TestChain {
  readonly machine: StateMachine;
  readonly application: NodeApplication;
  state: EngineState;
  readonly #signers: ReadonlyMap<ConsensusAddress, MemorySigner>;
  readonly #context: ReturnType<typeof transaction.transactionContext>;
  #lastCommit: Commit = EMPTY_COMMIT;
  #proposer: MemorySigner;

  constructor({ application, document, machine, validators }: TestChainOptions) {
    const signers = validators.map((name) => nodeSigner(name, "consensus") as MemorySigner);
    this.#signers = new Map(signers.map((signer) => [addressOfKey(signer.publicKey), signer]));
    this.#proposer = must(signers[0]);
    this.machine = networkStateMachine({
      document,
      quotes: noQuotes,
      store: new MemoryStateStore(),
      verifier: networkVerifier(document, { allowTestKeys: true }),
      ...machine,
    });
    // Every validator proposes through the one machine.
    const proposer = (): MemorySigner => this.#proposer;
    const signer = {
      get publicKey() {
        return proposer().publicKey;
      },
      sign: (...args: Parameters<Signer["sign"]>) => proposer().sign(...args),
    };
    this.application = new NodeApplication(this.machine, { signer, ...application });
    this.#context = transaction.transactionContext(this.machine.chainContext);
    const engine = engineGenesis(document, { dontBlameOasis: true });
    const { appHash } = this.application.initChain({ ...engine, time: engine.genesisTime });
    this.state = { ...withAppHash(genesisState(engine), appHash), lastResultsHash: resultsHash([]) };
  }

  /** A transaction as the mempool takes it. */
  sign<T>(signer: Signer, method: transaction.Method<T>, body: T, nonce: bigint, gas = 10_000n): Uint8Array {
    const tx = transaction.newTransaction(method, body, { nonce, fee: { amount: 0n, gas } });
    return encodeCbor(transaction.SignedTransaction, transaction.signTransaction(tx, this.#context, signer));
  }

  /** The block that comes next; nothing is executed but the proposal. */
  propose(txs: readonly Uint8Array[] = []): Block {
    const { address } = must(this.state.validators.proposer());
    this.#proposer = must(this.#signers.get(address));
    return createProposalBlock(this.state, this.#lastCommit, address, {
      application: this.application,
      pendingEvidence: () => ({ evidence: [], sizeBytes: 0 }),
      reapTransactions: () => txs,
    });
  }

  /** Whether the application votes for a block. */
  process(block: Block): boolean {
    return this.application.processProposal(blockRequest(block, this.state.lastValidators, this.state.initialHeight));
  }

  /** Makes a block with these transactions final. */
  next(txs: readonly Uint8Array[] = []): MadeBlock {
    const block = this.propose(txs);
    assert(this.process(block), `block ${block.header.height} is refused`);
    return this.apply(block);
  }

  /** Validates, executes and commits a block, and signs it for the next one. */
  apply(block: Block): MadeBlock {
    validateNextBlock(this.state, block, verifier);
    const blockId = blockIdOf(block, blockPartSet(block));
    const { response, state } = executeBlock(this.state, blockId, block, this.application);
    const commit = this.application.commit();
    this.#lastCommit = this.#commitFor(block, blockId);
    this.state = withAppHash(state, commit.appHash);
    return { block, response, commit };
  }

  /** Precommits of all validators, a second after the block. */
  #commitFor({ header }: Block, blockId: BlockId): Commit {
    const timestamp = header.time + NANOS_PER_SECOND;
    const draft: Commit = {
      height: header.height,
      round: 0,
      blockId,
      signatures: Array.from(this.state.validators, ({ address }) => ({
        blockIdFlag: BlockIdFlag.commit,
        validatorAddress: address,
        timestamp,
        signature: new Uint8Array(0),
      })),
    };
    const signatures = draft.signatures.map((sig) => {
      const key = must(this.#signers.get(sig.validatorAddress)).privateKey();
      return { ...sig, signature: key.signRaw(signaturePrehash(commitSignBytes(header.chainId, draft, sig))) };
    });
    return { ...draft, signatures };
  }
}
