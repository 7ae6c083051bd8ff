// What a full node knows of its chain, in the forms of the consensus service. Heights are those of
// blocks; 0 is the last one. Reference: go/consensus/api/api.go, go/consensus/cometbft/full/common.go.
import { bytes, encodeCbor, struct } from "@wadi/codec";
import { beaconApp, consensusQueries, exportGenesis, registryApp, timeOfNanos, type StateMachine } from "@wadi/apps";
import {
  addressOfKey,
  blockHash,
  BlockResultsMeta,
  Commit,
  ConsensusParamsMessage,
  encodeBlock,
  encodeServedLightBlock,
  Header,
  headerHash,
  merkleProofs,
  OasisProof,
  ValidatorSetMessage,
  type AbciEvent,
  type AbciResponses,
  type Block as EngineBlock,
  type Commit as EngineCommit,
  type ResponseDeliverTx,
  type ValidatorSet,
} from "@wadi/comet-types";
import type { BlockStore, RoundView, StateStore, VoteSetView } from "@wadi/comet-core";
import { sha256, stakingAddress, type PublicKey } from "@wadi/crypto";
import { RootType, ZERO_NAMESPACE } from "@wadi/mkvs";
import { consensus, protocolVersions, type Hash, type Namespace, type genesis, type results } from "@wadi/types";
import { WadiError, errUnknown, must } from "@wadi/util";

import {
  NO_TRANSACTION,
  joinEvents,
  placeOfBlock,
  placeOfTransaction,
  resultEvents,
  serviceEvents,
  streamedEvents,
  type ServiceEvents,
  type StreamedEvents,
} from "./service-events.ts";

/** `meta` of a block. */
const BlockMeta = struct("cometbft.BlockMeta", { header: bytes, lastCommit: bytes });

/** What the answers are taken from. */
export interface BackendSources {
  readonly blocks: Pick<
    BlockStore,
    "height" | "base" | "loadBlock" | "loadHeader" | "loadCommit" | "loadSeenCommit" | "loadResponses"
  >;
  readonly states: Pick<StateStore, "loadValidators" | "loadParams">;
  readonly machine: StateMachine;
  /** The round in progress; throws while the engine does not run. */
  readonly view: () => RoundView;
  /** Transactions in the mempool. */
  readonly unconfirmed: () => readonly Uint8Array[];
  readonly consensusKey: PublicKey;
  /** Whether the node is at the head of its chain. */
  readonly isSynced: () => boolean;
}

/** A block with what came of it. */
export interface ExecutedEngineBlock {
  readonly block: EngineBlock;
  readonly responses: AbciResponses;
}

const ZERO_HASH = "0".repeat(64) as Hash;

export class ConsensusBackend {
  readonly #sources: BackendSources;
  /** The last one that was told: runtimes and their workers ask for the newest, each on its own. */
  #lastLight: { readonly latestHeight: number; readonly block: consensus.LightBlock } | undefined;

  constructor(sources: BackendSources) {
    this.#sources = sources;
  }

  get machine(): StateMachine {
    return this.#sources.machine;
  }

  /** Whether the node is, or once was, at the head of its chain. */
  get isSynced(): boolean {
    return this.#sources.isSynced();
  }

  get document(): genesis.Document {
    return this.machine.document;
  }

  get genesisHeight(): number {
    return this.machine.initialHeight;
  }

  /** The last height whose state is there too. Throws (`consensus`, 1) before the first block. */
  get latestHeight(): number {
    const { lastHeight } = this.machine;
    if (lastHeight === 0) throw new WadiError(consensus.ErrNoCommittedBlocks);
    return lastHeight;
  }

  /** The height at which the next epoch begins, if that is known. */
  get nextEpochHeight(): number | undefined {
    return beaconApp.beaconQueries.futureEpoch(this.machine.stateAt(0))?.height;
  }

  /** The first block that is still there. */
  get lastRetainedHeight(): number {
    return Math.max(this.#sources.blocks.base, this.genesisHeight);
  }

  /** The engine's block. Throws (`consensus`, 1), (`unknown`, 1) for heights that are not there. */
  engineBlock(height: number): EngineBlock {
    return must(this.#sources.blocks.loadBlock(this.#existing(height)), "the block of a stored height");
  }

  /** The same with the results. */
  executed(height: number, query: Query = "block results"): ExecutedEngineBlock {
    const at = this.#existing(height, query);
    const responses = this.#sources.blocks.loadResponses(at);
    if (responses === undefined) throw new WadiError(consensus.ErrVersionNotFound);
    return { block: this.engineBlock(at), responses };
  }

  block(height: number): consensus.Block {
    return consensusBlock(this.engineBlock(height));
  }

  blockResults(height: number): consensus.BlockResults {
    const { block, responses } = this.executed(height);
    return { height: block.header.height, meta: resultsMeta(responses) };
  }

  /** The validators of up to one height above the last; above it without a header. */
  lightBlock(height: number): consensus.LightBlock {
    const at = this.#heightOf(height);
    const { latestHeight } = this;
    // The commit of the last block may become another one with the next block.
    if (this.#lastLight?.block.height === at && this.#lastLight.latestHeight === latestHeight) {
      return this.#lastLight.block;
    }
    const validatorSet = this.#validatorSet(at);
    const { blocks } = this.#sources;
    const header = at <= latestHeight ? blocks.loadHeader(at) : undefined;
    const commit = at <= latestHeight ? this.#commit(at) : undefined;
    const signedHeader = header === undefined && commit === undefined ? undefined : { header, commit };
    const block = { height: at, meta: encodeServedLightBlock({ signedHeader, validatorSet }) };
    if (header !== undefined && commit !== undefined) this.#lastLight = { latestHeight, block };
    return block;
  }

  validators(height: number): consensus.Validators {
    const at = this.#heightOf(height);
    const set = this.#validatorSet(at);
    const message = { ...set.toMessage(), totalVotingPower: set.totalVotingPower };
    return { height: at, meta: ValidatorSetMessage.encode(message) };
  }

  parameters(height: number): consensus.Parameters {
    const at = this.#heightOf(height);
    const params = orNoVersion(() => this.#sources.states.loadParams(at));
    return {
      height: at,
      parameters: consensusQueries.consensusParameters(this.machine.stateAt(at)),
      meta: ConsensusParamsMessage.encode(params),
    };
  }

  transactions(height: number): readonly Uint8Array[] {
    return this.engineBlock(height).txs;
  }

  transactionsWithResults(height: number): consensus.TransactionsWithResults {
    const { block, responses } = this.executed(height, "block");
    // As in the reference, events name the height that was asked for, which may be 0.
    return { transactions: block.txs, results: transactionResults(block.txs, responses.deliverTxs, height) };
  }

  transactionsWithProofs(height: number): consensus.TransactionsWithProofs {
    const transactions = this.transactions(height);
    const { proofs } = merkleProofs(transactions.map((raw) => sha256(raw)));
    return { transactions, proofs: proofs.map((proof) => encodeCbor(OasisProof, proof)) };
  }

  unconfirmedTransactions(): readonly Uint8Array[] {
    return this.#sources.unconfirmed();
  }

  /** The events of a block: of its beginning, of its transactions, of its end. */
  events(height: number): ServiceEvents {
    const { block, responses } = this.executed(height);
    return blockEvents(block.header.height, block.txs, responses);
  }

  /** A document from which a network would go on after a height. */
  stateToGenesis(height: number): genesis.Document {
    const { header } = this.engineBlock(height);
    return exportGenesis(this.machine.stateAt(header.height), {
      applications: this.machine.applications.ordered,
      timeSource: beaconApp.beaconTimeSource,
      document: this.document,
      height: header.height,
      time: timeOfNanos(header.time),
    });
  }

  /** The validators' votes on the block in progress. */
  nextBlockState(): consensus.NextBlockState {
    const { height, round, validators, votes } = this.#sources.view();
    const power = validators.totalVotingPower;
    const state = this.machine.lastHeight === 0 ? undefined : this.machine.stateAt(0);
    const tally = (set: VoteSetView | undefined): consensus.Votes => {
      const voted = Array.from(validators).flatMap(({ address, votingPower }, index) => {
        if (set?.has(index) !== true) return [];
        const node = state && registryApp.nodeByConsensusAddress(state, address);
        if (node === undefined) return [{ ...consensus.Vote.zero(), votingPower }];
        return [
          { nodeId: node.id, entityId: node.entityId, entityAddress: stakingAddress(node.entityId), votingPower },
        ];
      });
      const votingPower = voted.reduce((sum, vote) => sum + vote.votingPower, 0n);
      return { votingPower, ratio: Number(votingPower) / Number(power), votes: voted.length === 0 ? null : voted };
    };
    return {
      height,
      numValidators: BigInt(validators.size),
      votingPower: power,
      prevotes: tally(votes.prevotes(round)),
      precommits: tally(votes.precommits(round)),
    };
  }

  /** Without what concerns peers, which the node adds. */
  status(): Omit<consensus.Status, "p2p"> {
    const { consensusKey, states, isSynced } = this.#sources;
    const latest = this.machine.lastHeight === 0 ? undefined : this.block(0);
    const retained = this.lastRetainedHeight;
    const next = Math.max((latest?.height ?? 0) + 1, this.genesisHeight);
    return {
      ...consensus.Status.zero(),
      status: isSynced() ? consensus.statusStates.ready : consensus.statusStates.syncing,
      version: protocolVersions.consensusProtocol,
      backend: "tendermint",
      features: consensus.features.services | consensus.features.fullNode,
      ...(latest && {
        latestHeight: latest.height,
        latestHash: latest.hash,
        latestTime: latest.time,
        latestEpoch: beaconApp.beaconQueries.epoch(this.machine.stateAt(latest.height)).epoch,
        latestStateRoot: latest.stateRoot,
        latestBlockSize: latest.size ?? 0n,
      }),
      genesisHeight: this.genesisHeight,
      genesisHash: this.#hashAt(this.genesisHeight),
      lastRetainedHeight: retained,
      lastRetainedHash: this.#hashAt(retained),
      chainContext: this.machine.chainContext,
      isValidator: states.loadValidators(next).has(addressOfKey(consensusKey)),
    };
  }

  #hashAt(height: number): Hash {
    const header = this.#sources.blocks.loadHeader(height);
    return header === undefined ? ZERO_HASH : hashOf(headerHash(header));
  }

  #heightOf(height: number): number {
    return height === 0 ? this.latestHeight : height;
  }

  /** A height of a block that is there, or the reference's refusal. */
  #existing(height: number, query: Query = "block"): number {
    const at = this.#heightOf(height);
    const { base, height: tip } = this.#sources.blocks;
    const fail = (text: string): never => {
      throw new WadiError({ ...errUnknown, text: `cometbft: ${query} query failed: ${text}` });
    };
    if (at < 0) fail(`height must be greater than 0, but got ${at}`);
    if (at > tip) fail(`height ${at} must be less than or equal to the current blockchain height ${tip}`);
    if (at < base) fail(`height ${at} is not available, lowest height is ${base}`);
    return at;
  }

  #commit(height: number): EngineCommit | undefined {
    const { blocks } = this.#sources;
    return blocks.loadCommit(height) ?? blocks.loadSeenCommit(height);
  }

  #validatorSet(height: number): ValidatorSet {
    return orNoVersion(() => this.#sources.states.loadValidators(height));
  }
}

/** What the reference asked its engine for; part of the refusal. */
type Query = "block" | "block results";

/** What the engine's state store gives; throws (`consensus`, 3) where it has nothing. */
function orNoVersion<T>(load: () => T): T {
  try {
    return load();
  } catch (cause) {
    throw new WadiError(consensus.ErrVersionNotFound, { cause });
  }
}

const hashOf = (hash: string): Hash => hash as Hash;

/** A block in the form of the consensus service. Reference: go/consensus/cometbft/api/api.go (NewBlock). */
export function consensusBlock(block: EngineBlock): consensus.Block {
  const { header, lastCommit } = block;
  return {
    height: header.height,
    hash: hashOf(blockHash(block)),
    time: { seconds: timeOfNanos(header.time).seconds, nanos: 0 },
    stateRoot: {
      ns: ZERO_NAMESPACE as Namespace,
      version: BigInt(header.height) - 1n,
      rootType: RootType.state,
      hash: header.appHash === "" ? NO_TRANSACTION : hashOf(header.appHash),
    },
    size: BigInt(encodeBlock(block).length),
    meta: encodeCbor(BlockMeta, {
      header: Header.encode(header),
      lastCommit: lastCommit === undefined ? new Uint8Array(0) : Commit.encode(lastCommit),
    }),
  };
}

const listOrNull = <T>(list: readonly T[]): readonly T[] | null => (list.length === 0 ? null : list);

/** Results in the form of the consensus service. */
function resultsMeta({ beginBlock, deliverTxs, endBlock }: AbciResponses): Uint8Array {
  return encodeCbor(BlockResultsMeta, {
    txsResults: listOrNull(deliverTxs),
    beginBlockEvents: listOrNull(beginBlock?.events ?? []),
    endBlockEvents: listOrNull(endBlock?.events ?? []),
  });
}

/** What each transaction came to; `height` is put into its events. */
function transactionResults(
  txs: readonly Uint8Array[],
  responses: readonly ResponseDeliverTx[],
  height: number,
): readonly results.Result[] {
  return responses.map(({ codespace, code, log, gasUsed, events }, i) => ({
    error: { module: codespace, code, message: log },
    events: listOrNull(resultEvents(serviceEvents(events, placeOfTransaction(height, must(txs[i]))))),
    gasUsed,
  }));
}

/** All events of a block: of its beginning, of its transactions, of its end. */
export function blockEvents(height: number, txs: readonly Uint8Array[], responses: AbciResponses): ServiceEvents {
  const ofBlock = (events: readonly AbciEvent[] = []): ServiceEvents => serviceEvents(events, placeOfBlock(height));
  return joinEvents([
    ofBlock(responses.beginBlock?.events),
    ...responses.deliverTxs.map(({ events }, i) => serviceEvents(events, placeOfTransaction(height, must(txs[i])))),
    ofBlock(responses.endBlock?.events),
  ]);
}

/** What streams tell of besides. */
export function blockNews({ beginBlock, deliverTxs, endBlock }: AbciResponses): StreamedEvents {
  const parts = [beginBlock, ...deliverTxs, endBlock];
  return streamedEvents(parts.flatMap((part) => part?.events ?? []));
}
