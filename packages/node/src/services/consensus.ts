// The consensus service of a full node. Reference: go/consensus/api/grpc.go.
import { Consensus } from "@wadi/api";
import { encodeCbor, isDecodeError } from "@wadi/codec";
import { EvidenceMessage, evidenceFromMessage } from "@wadi/comet-types";
import type { ConsensusBackend, IncludedTransaction, ValidatorNode } from "@wadi/consensus";
import { DatabaseSyncer, type NodeDb } from "@wadi/mkvs";
import type { RpcServer } from "@wadi/rpc";
import { transaction, type consensus } from "@wadi/types";
import { WadiError, errUnknown, must } from "@wadi/util";
import type { ConsensusNews } from "@wadi/workers";

import { queryBackend, queryHandlers } from "./applications.ts";
import { live } from "./live.ts";

export interface ConsensusSources {
  readonly backend: ConsensusBackend;
  readonly stateDatabase: NodeDb;
  readonly subscribe: (listener: (news: ConsensusNews) => void) => () => void;
  /** Waits until the transaction is in a block. */
  readonly submit: (raw: Uint8Array, signal: AbortSignal) => Promise<IncludedTransaction>;
  /** Only until the mempool has it. Throws what keeps it out. */
  readonly submitNoWait: (raw: Uint8Array) => void;
  /** Throws what would keep a transaction of so many bytes out. */
  readonly requireTxSize: (sizeBytes: number) => void;
  readonly submitEvidence: ValidatorNode["engine"]["addEvidence"];
  readonly status: () => consensus.Status;
}

export function addConsensusService(server: RpcServer, sources: ConsensusSources): void {
  const { backend, requireTxSize, stateDatabase, status, submit, submitNoWait, subscribe } = sources;
  const syncer = new DatabaseSyncer(stateDatabase);
  const raw = (signed: transaction.SignedTransaction): Uint8Array => {
    // Encoding and hashing 100 MiB take 0.3 s, only to be refused.
    const { length = 0 } = signed.untrustedRawValue ?? {};
    if (length >= LONG_BYTES) requireTxSize(encodedSize(signed, length));
    return encodeCbor(transaction.SignedTransaction, signed);
  };
  const blockAt = lastBlockOf(backend);
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
    SubmitEvidence: ({ meta }) => addEvidence(meta ?? new Uint8Array(0), sources.submitEvidence),
    SubmitTx: async (signed, { signal }) => {
      await submit(raw(signed), signal);
    },
    SubmitTxNoWait: (signed) => submitNoWait(raw(signed)),
    SubmitTxWithProof: async (signed, { signal }) => {
      const { height, index } = await submit(raw(signed), signal);
      return { height, rawProof: must(backend.transactionsWithProofs(height).proofs?.[index]) };
    },
    WatchBlocks: (_, { signal }) => live((tell) => subscribe(({ height }) => tell(() => [blockAt(height)])), signal),
  });
}

/** CBOR writes byte strings from this length on behind a head of five bytes; empty ones have one of one byte. */
const LONG_BYTES = 65_536;
const LONG_HEAD_GROWTH = 4;

/** Of what contains `length` bytes, LONG_BYTES or more. */
function encodedSize(signed: transaction.SignedTransaction, length: number): number {
  const rest = encodeCbor(transaction.SignedTransaction, { ...signed, untrustedRawValue: new Uint8Array(0) });
  return rest.length + LONG_HEAD_GROWTH + length;
}

/** Blocks by their height; the last one is made once for all who follow the chain. */
function lastBlockOf(backend: ConsensusSources["backend"]): (height: number) => consensus.Block {
  let last: { readonly height: number; readonly block: consensus.Block } | undefined;
  return (height) => {
    if (last?.height !== height) last = { height, block: backend.block(height) };
    return last.block;
  };
}

/** Evidence that the node has already is no failure. Throws (`unknown`, 1). */
function addEvidence(meta: Uint8Array, submit: ConsensusSources["submitEvidence"]): void {
  const message = within("malformed evidence while unmarshalling", () => EvidenceMessage.decode(meta));
  const evidence = within("malformed evidence while converting", () => evidenceFromMessage(message));
  const addition = within("broadcast evidence failed", () => submit(evidence));
  if (addition === "full") throw refusal("broadcast evidence failed: enough evidence waits for a block");
}

function within<T>(what: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (!isDecodeError(cause) && !(cause instanceof WadiError)) throw cause;
    // Without the cause: in the reference these errors have no module and code.
    throw refusal(`${what}: ${cause.message}`);
  }
}

function refusal(text: string): WadiError {
  return new WadiError({ ...errUnknown, text: `cometbft: ${text}` });
}
