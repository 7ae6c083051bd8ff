// Services of the node itself: consensus, controller, debugging, runtime client.
import { bool, bytes, i64Number, list, nullable, quantity, struct, text, u64 } from "@wadi/codec";
import { GetPrefixesRequest, GetRequest, IterateRequest, ProofResponse } from "@wadi/mkvs";
import { service, stream, unary } from "@wadi/rpc";
import { EpochTime, Namespace, consensus, genesis, roothash, transaction, upgrade } from "@wadi/types";

import { Status } from "../messages/control.ts";
import * as storageWorker from "../messages/storage-worker.ts";
import * as runtimeClient from "../messages/runtime-client.ts";

const rawList = nullable(list(bytes));

/** Where a transaction is in its block. */
export const TransactionProof = struct("transaction.Proof", { height: i64Number, rawProof: bytes });

export const Consensus = service("Consensus", {
  EstimateGas: unary(consensus.EstimateGasRequest, u64),
  GetBlock: unary(i64Number, consensus.Block),
  GetBlockResults: unary(i64Number, consensus.BlockResults),
  GetChainContext: unary(undefined, text),
  GetGenesisDocument: unary(undefined, genesis.Document),
  GetLastRetainedHeight: unary(undefined, i64Number),
  GetLatestHeight: unary(undefined, i64Number),
  GetLightBlock: unary(i64Number, consensus.LightBlock),
  GetNextBlockState: unary(undefined, consensus.NextBlockState),
  GetParameters: unary(i64Number, consensus.Parameters),
  GetStatus: unary(undefined, consensus.Status),
  GetTransactions: unary(i64Number, rawList),
  GetTransactionsWithProofs: unary(i64Number, consensus.TransactionsWithProofs),
  GetTransactionsWithResults: unary(i64Number, consensus.TransactionsWithResults),
  GetUnconfirmedTransactions: unary(undefined, rawList),
  GetValidators: unary(i64Number, consensus.Validators),
  MinGasPrice: unary(undefined, quantity),
  StateSyncGet: unary(GetRequest, ProofResponse),
  StateSyncGetPrefixes: unary(GetPrefixesRequest, ProofResponse),
  StateSyncIterate: unary(IterateRequest, ProofResponse),
  StateToGenesis: unary(i64Number, genesis.Document),
  SubmitEvidence: unary(consensus.Evidence, undefined),
  SubmitTx: unary(transaction.SignedTransaction, undefined),
  SubmitTxNoWait: unary(transaction.SignedTransaction, undefined),
  SubmitTxWithProof: unary(transaction.SignedTransaction, TransactionProof),
  WatchBlocks: stream(undefined, consensus.Block),
});

export const NodeController = service("NodeController", {
  AddBundle: unary(text, undefined),
  CancelUpgrade: unary(upgrade.Descriptor, undefined),
  GetStatus: unary(undefined, Status),
  IsReady: unary(undefined, bool),
  IsSynced: unary(undefined, bool),
  RequestShutdown: unary(bool, undefined),
  UpgradeBinary: unary(upgrade.Descriptor, undefined),
  WaitReady: unary(),
  WaitSync: unary(),
});

export const DebugController = service("DebugController", {
  SetEpoch: unary(EpochTime, undefined),
  WaitNodesRegistered: unary(i64Number, undefined),
});

export const RuntimeClient = service("RuntimeClient", {
  CheckTx: unary(runtimeClient.SubmitTxRequest, undefined),
  GetBlock: unary(runtimeClient.RoundRequest, roothash.Block),
  GetEvents: unary(runtimeClient.RoundRequest, nullable(list(nullable(runtimeClient.RuntimeEvent)))),
  GetGenesisBlock: unary(Namespace, roothash.Block),
  GetLastRetainedBlock: unary(Namespace, roothash.Block),
  GetTransactions: unary(runtimeClient.RoundRequest, rawList),
  GetTransactionsWithResults: unary(
    runtimeClient.RoundRequest,
    nullable(list(nullable(runtimeClient.TransactionWithResults))),
  ),
  GetUnconfirmedTransactions: unary(Namespace, rawList),
  Query: unary(runtimeClient.QueryRequest, runtimeClient.QueryResponse),
  StateSyncGet: unary(GetRequest, ProofResponse),
  StateSyncGetPrefixes: unary(GetPrefixesRequest, ProofResponse),
  StateSyncIterate: unary(IterateRequest, ProofResponse),
  SubmitTx: unary(runtimeClient.SubmitTxRequest, bytes),
  SubmitTxMeta: unary(runtimeClient.SubmitTxRequest, runtimeClient.SubmitTxMetaResponse),
  SubmitTxNoWait: unary(runtimeClient.SubmitTxRequest, undefined),
  WatchBlocks: stream(Namespace, roothash.AnnotatedBlock),
});

export const StorageWorker = service("StorageWorker", {
  GetLastSyncedRound: unary(storageWorker.LastSyncedRoundRequest, storageWorker.LastSyncedRound),
});
