// The runtime client. Reference: go/worker/client/service.go, go/runtime/client/api/grpc.go.
import { ROUND_LATEST, RuntimeClient, type ComponentId } from "@wadi/api";
import { BLOCK_TAG_TX_HASH, DatabaseSyncer } from "@wadi/mkvs";
import { hashOf } from "@wadi/crypto";
import { RONL } from "@wadi/runtime-host";
import { RpcStatus, withStatus, type RpcServer } from "@wadi/rpc";
import { roothash, serviceErrors, type Hash, type Namespace } from "@wadi/types";
import { WadiError, errUnknown, errorToWire, must } from "@wadi/util";
import {
  CheckTxFailure,
  runtimeBlockAt,
  type ConsensusPort,
  type RuntimeWorker,
  type TransactionResult,
} from "@wadi/workers";

import { live } from "./live.ts";
import { plainly } from "./plainly.ts";

/** Some clients cannot read details of errors; they are told by the status what is not there. */
function notFound(): WadiError {
  return withStatus(new WadiError(roothash.ErrNotFound), RpcStatus.NOT_FOUND);
}

function checkFailure(e: unknown): unknown {
  if (!(e instanceof CheckTxFailure)) return e;
  const { code, message, module } = errorToWire(e);
  const context = `runtime error: module: ${module} code: ${code} message: ${message}`;
  return new WadiError(serviceErrors.ErrRuntimeClientCheckTxFailed, { context });
}

export function addRuntimeClientService(
  server: RpcServer,
  consensus: ConsensusPort,
  workers: ReadonlyMap<Namespace, RuntimeWorker>,
): void {
  const hosted = (id: Namespace): RuntimeWorker => {
    const worker = workers.get(id);
    if (worker === undefined) throw new WadiError(serviceErrors.ErrRuntimeClientNoHostedRuntime);
    return worker;
  };
  const requireSynced = (): void => {
    if (!consensus.backend.isSynced) throw new WadiError(serviceErrors.ErrRuntimeClientNotSynced);
  };
  const known = (id: Namespace): RuntimeWorker => {
    const worker = workers.get(id);
    if (worker === undefined) throw new WadiError({ ...errUnknown, text: `runtime/registry: runtime ${id} not found` });
    return worker;
  };
  const blockOf = ({ round, runtimeId }: { readonly round: bigint; readonly runtimeId: Namespace }): roothash.Block => {
    const worker = known(runtimeId);
    const { block } = worker.latest;
    if (round === ROUND_LATEST || round === block.header.round) return block;
    if (round > block.header.round) throw notFound();
    return worker.history.block(round)?.block ?? throwIt(notFound());
  };
  const submit = async (
    { data, runtimeId }: { readonly data: Uint8Array; readonly runtimeId: Namespace },
    signal: AbortSignal,
  ): Promise<TransactionResult> => {
    const worker = hosted(runtimeId);
    requireSynced();
    return worker.client.submit(data, signal);
  };
  const syncer = (id: string): DatabaseSyncer => new DatabaseSyncer(known(id as Namespace).storage.database);

  server.add(RuntimeClient, {
    async CheckTx({ data, runtimeId }) {
      try {
        await hosted(runtimeId).pool.submit(data, { discard: true });
      } catch (e) {
        throw checkFailure(e);
      }
    },
    GetBlock: (request) => blockOf(request),
    GetEvents: (request) =>
      known(request.runtimeId)
        .client.tags(blockOf(request))
        .map(({ key, txHash, value }) => ({ key, value, txHash })),
    GetGenesisBlock: (id) =>
      plainly(() => must(runtimeBlockAt(consensus, id, consensus.backend.latestHeight).state.genesisBlock)),
    GetLastRetainedBlock: (id) =>
      known(id).lastRetained ?? throwIt(new WadiError(serviceErrors.ErrRuntimeClientNotFound)),
    GetTransactions: (request) =>
      known(request.runtimeId)
        .client.transactions(blockOf(request))
        .map(({ input }) => input),
    GetTransactionsWithResults(request) {
      const worker = known(request.runtimeId);
      const block = blockOf(request);
      const transactions = worker.client.transactions(block);
      if (transactions.length === 0) return null;
      const tags = worker.client.tags(block).filter(({ txHash }) => txHash !== BLOCK_TAG_TX_HASH);
      return transactions.map(({ input, output }) => {
        const hash = hashOf(input) as Hash;
        const events = tags.filter(({ txHash }) => txHash === hash).map(({ key, value }) => ({ key, value }));
        return { tx: input, result: output, events: events.length === 0 ? null : events };
      });
    },
    GetUnconfirmedTransactions(id) {
      const worker = workers.get(id);
      if (worker === undefined) throw new WadiError(serviceErrors.ErrRuntimeClientNotFound);
      return worker.pool.all();
    },
    async Query({ args, component, method, round, runtimeId }, { signal }) {
      const worker = hosted(runtimeId);
      const { latest } = worker;
      const isLatest = round === ROUND_LATEST || round === latest.block.header.round;
      // What is not complete here has no state yet.
      const annotated = isLatest || round > latest.block.header.round ? undefined : worker.history.block(round);
      if (!isLatest && annotated === undefined) throw notFound();
      if (component !== null) requireOnChain(component);
      const past = annotated && runtimeBlockAt(consensus, runtimeId, annotated.consensusHeight);
      const { maxMessages } = must(worker.latestState().runtime).executor;
      const at = past ?? latest;
      return {
        data: await worker.client.query(
          { ...at, request: { ...at.request, maxMessages } },
          method,
          args ?? new Uint8Array(0),
          signal,
        ),
      };
    },
    StateSyncGet: (request) => syncer(request.tree.root.namespace).syncGet(request),
    StateSyncGetPrefixes: (request) => syncer(request.tree.root.namespace).syncGetPrefixes(request),
    StateSyncIterate: (request) => syncer(request.tree.root.namespace).syncIterate(request),
    async SubmitTx(request, { signal }) {
      try {
        return (await submit(request, signal)).output;
      } catch (e) {
        throw checkFailure(e);
      }
    },
    async SubmitTxMeta(request, { signal }) {
      try {
        const { batchOrder, output, round } = await submit(request, signal);
        return { data: output, round, batchOrder, checkTxError: null };
      } catch (e) {
        if (!(e instanceof CheckTxFailure)) throw e;
        return { data: null, round: 0n, batchOrder: 0, checkTxError: errorToWire(e) };
      }
    },
    async SubmitTxNoWait({ data, runtimeId }) {
      const worker = hosted(runtimeId);
      requireSynced();
      try {
        await worker.pool.submit(data);
      } catch (e) {
        throw checkFailure(e);
      }
    },
    WatchBlocks(id, { signal }) {
      const worker = known(id);
      return live<roothash.AnnotatedBlock>(
        (tell) => worker.watchBlocks((one) => tell(() => [one])),
        signal,
        () => worker.lastBlock,
      );
    },
  });
}

/** The node hosts the on-chain component only; no other one can be asked. */
function requireOnChain({ kind, name }: ComponentId): void {
  if (kind === RONL.kind && name === RONL.name) return;
  const id = name === "" ? kind : `${kind} (${name})`;
  throw new WadiError({ ...errUnknown, text: `component '${id}' not found` });
}

function throwIt(e: unknown): never {
  throw e;
}
