// A recorded chain as this node's engine and applications see it: every block passes the engine's
// validation, the applications accept and execute it, and our proposer, given the same state,
// transactions, commit and key, makes the same block.
import assert from "node:assert/strict";
import {
  MemoryStateStore,
  MemoryUpgradeStore,
  UpgradeManager,
  networkStateMachine,
  networkVerifier,
  type ProposalSigner,
} from "@wadi/apps";
import { decodeCbor } from "@wadi/codec";
import {
  EMPTY_COMMIT,
  CachingVerifier,
  blockRequest,
  createProposalBlock,
  executeBlock,
  genesisState,
  validateNextBlock,
  withAppHash,
} from "@wadi/comet-core";
import {
  AbciResponses,
  addressOfKey,
  blockIdOf,
  blockHash,
  blockPartSet,
  decodeBlock,
  encodeBlock,
  encodeEvidenceList,
  type Block,
  type EngineState,
  type HexHash,
  resultsHash,
} from "@wadi/comet-types";
import { NodeApplication, engineGenesis } from "@wadi/consensus";
import { messageDigest } from "@wadi/crypto";
import { transaction, type genesis } from "@wadi/types";
import { fromBase64, must, toHex } from "@wadi/util";
import type { Recorder } from "../../ledger.ts";
import { noQuotes } from "../apps/no-quotes.ts";
import { realVerifier } from "../cometbft/shared.ts";

export interface RecordedBlock {
  readonly height: number;
  readonly block: string;
  readonly block_hash: string;
  readonly abci_responses: string;
  readonly state_root: string;
}

/**
 * Holds no proposer's key, but what each of them signed: gives the recorded signature of the block
 * metadata for exactly the bytes that were signed then.
 */
class RecordedSigner implements ProposalSigner {
  #signed = transaction.SignedTransaction.zero();

  /** The next signature asked for is that of this block's last transaction. */
  expect(block: Block): void {
    this.#signed = decodeCbor(transaction.SignedTransaction, must(block.txs.at(-1)));
    assert.equal(addressOfKey(this.publicKey), block.header.proposerAddress, "signer of the metadata");
  }

  get publicKey(): ProposalSigner["publicKey"] {
    return this.#signed.signature.publicKey;
  }

  sign(context: Parameters<ProposalSigner["sign"]>[0], message: Uint8Array): Uint8Array {
    const { signature, untrustedRawValue } = this.#signed;
    const digest = messageDigest(context, must(untrustedRawValue));
    assert.equal(toHex(messageDigest(context, message)), toHex(digest), "the metadata that the proposer signed");
    return signature.signature;
  }
}

interface Network {
  readonly application: NodeApplication;
  readonly rejections: unknown[];
}

function application(document: genesis.Document, signer: ProposalSigner): Network {
  const machine = networkStateMachine({
    document,
    quotes: noQuotes,
    store: new MemoryStateStore(),
    verifier: networkVerifier(document, { allowTestKeys: true }),
    upgrader: new UpgradeManager({ store: new MemoryUpgradeStore() }),
    debug: { dontBlameOasis: true, skipQuoteVerification: false, allowDebugEnclaves: false },
  });
  const rejections: unknown[] = [];
  const onRejected = (_height: number, reason: unknown): void => void rejections.push(reason);
  return { application: new NodeApplication(machine, { signer, onRejected }), rejections };
}

/** What differs between the recorded responses and ours; texts of logs are free. */
function assertResponses(ours: AbciResponses, recorded: AbciResponses): void {
  const withoutLogs = (responses: AbciResponses): string =>
    toHex(
      AbciResponses.encode({
        ...responses,
        deliverTxs: responses.deliverTxs.map((result) => ({ ...result, log: "" })),
      }),
    );
  assert.equal(withoutLogs(ours), withoutLogs(recorded), "responses");
}

/** One case for validation, one for the proposal, one for execution of each block. */
export function engineCases(r: Recorder, document: genesis.Document, records: readonly RecordedBlock[]): void {
  const signer = new RecordedSigner();
  const proposer = application(document, signer).application;
  const { application: follower, rejections } = application(document, signer);
  const engine = engineGenesis(document, { dontBlameOasis: true });
  const start = { ...engine, time: engine.genesisTime };
  const { appHash } = follower.initChain(start);
  proposer.initChain(start);
  const verifier = new CachingVerifier(realVerifier());
  let state: EngineState = { ...withAppHash(genesisState(engine), appHash), lastResultsHash: resultsHash([]) };
  for (const record of records) {
    const block = decodeBlock(fromBase64(record.block));
    r.case(`${record.height}: valid by the engine's rules`, () => validateNextBlock(state, block, verifier));
    r.case(`${record.height}: proposed alike`, () => {
      signer.expect(block);
      const proposed = propose(state, block, proposer);
      assert.equal(blockHash(proposed), record.block_hash, "block hash");
      assert.equal(toHex(encodeBlock(proposed)), toHex(fromBase64(record.block)), "bytes");
    });
    r.case(`${record.height}: accepted and executed`, () => {
      const request = blockRequest(block, state.lastValidators, state.initialHeight);
      assert.ok(follower.processProposal(request), String(rejections.at(-1)));
      const { response, state: next } = executeBlock(state, blockIdOf(block, blockPartSet(block)), block, follower);
      assertResponses({ ...response }, AbciResponses.decode(fromBase64(record.abci_responses)));
      assert.equal(follower.commit().appHash, record.state_root, "app hash");
      proposer.processProposal(request);
      proposer.finalizeBlock(request);
      assert.equal(proposer.commit().appHash, record.state_root, "app hash of the proposer");
      state = withAppHash(next, record.state_root as HexHash);
    });
  }
}

/** The block that our proposer makes if the mempool offers what the recorded block holds. */
function propose(state: EngineState, block: Block, app: NodeApplication): Block {
  const lastCommit = block.header.height === state.initialHeight ? EMPTY_COMMIT : must(block.lastCommit);
  const { evidence, header, txs } = block;
  return createProposalBlock(state, lastCommit, header.proposerAddress, {
    application: app,
    pendingEvidence: () => ({ evidence, sizeBytes: encodeEvidenceList(evidence).length }),
    reapTransactions: () => txs.slice(0, -1),
  });
}
