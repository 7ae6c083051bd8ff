// The consensus service of a full node. Reference: go/consensus/api/grpc.go.
import { Consensus } from "@wadi/api";
import { encodeCbor } from "@wadi/codec";
import type { ConsensusBackend, IncludedTransaction } from "@wadi/consensus";
import { consensusBlock } from "@wadi/consensus";
import { DatabaseSyncer, type NodeDb } from "@wadi/mkvs";
import type { RpcServer } from "@wadi/rpc";
import { consensus, transaction } from "@wadi/types";
import { WadiError, must } from "@wadi/util";
import type { ConsensusNews } from "@wadi/workers";

import { queryBackend, queryHandlers } from "./applications.ts";
import { live } from "./live.ts";

export interface ConsensusSources {
  readonly backend: ConsensusBackend;
  readonly stateDatabase: NodeDb;
  readonly subscribe: (listener: (news: ConsensusNews) => void) => () => void;
  /** Waits until the transaction is in a block. */
  readonly submit: (raw: Uint8Array, signal: AbortSignal) => Promise<IncludedTransaction>;
  /** Only until the mempool has it. */
  readonly submitNoWait: (raw: Uint8Array) => void;
  readonly status: () => consensus.Status;
}

export function addConsensusService(server: RpcServer, sources: ConsensusSources): void {
  const { backend, stateDatabase, status, submit, submitNoWait, subscribe } = sources;
  const syncer = new DatabaseSyncer(stateDatabase);
  const raw = (signed: transaction.SignedTransaction): Uint8Array => encodeCbor(transaction.SignedTransaction, signed);
  server.add(Consensus, {
    ...queryHandlers(Consensus, queryBackend(backend)),
    GetBlock: (height) => backend.block(height),
    GetBlockResults: (height) => backend.blockResults(height),
    GetChainContext: () => backend.machine.chainContext as string,
    GetGenesisDocument: () => backend.document,
    GetLastRetainedHeight: () => backend.lastRetainedHeight,
    GetLatestHeight: () => backend.latestHeight,
    GetLightBlock: (height) => backend.lightBlock(height),
    GetNextBlockState: () => backend.nextBlockState(),
    GetParameters: (height) => backend.parameters(height),
    GetStatus: () => status(),
    GetTransactions: (height) => backend.transactions(height),
    GetTransactionsWithProofs: (height) => backend.transactionsWithProofs(height),
    GetTransactionsWithResults: (height) => backend.transactionsWithResults(height),
    GetUnconfirmedTransactions: () => backend.unconfirmedTransactions(),
    GetValidators: (height) => backend.validators(height),
    StateSyncGet: (request) => syncer.syncGet(request),
    StateSyncGetPrefixes: (request) => syncer.syncGetPrefixes(request),
    StateSyncIterate: (request) => syncer.syncIterate(request),
    StateToGenesis: (height) => backend.stateToGenesis(height),
    SubmitEvidence: () => {
      throw new WadiError(consensus.ErrUnsupported);
    },
    SubmitTx: async (signed, { signal }) => {
      await submit(raw(signed), signal);
    },
    SubmitTxNoWait: (signed) => submitNoWait(raw(signed)),
    SubmitTxWithProof: async (signed, { signal }) => {
      const { height, index } = await submit(raw(signed), signal);
      return { height, rawProof: must(backend.transactionsWithProofs(height).proofs?.[index]) };
    },
    WatchBlocks: (_, { signal }) =>
      live((tell) => subscribe(({ height }) => tell(consensusBlock(backend.engineBlock(height)))), signal),
  });
}
