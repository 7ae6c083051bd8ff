// The chain of a node: its validator, and what the node's other parts see and hear of it.
import type { StopReason } from "@wadi/comet";
import { runValidator, type ValidatorNode, type ValidatorOptions } from "@wadi/consensus";
import type { NodeIdentity } from "@wadi/crypto";
import type { Namespace, roothash } from "@wadi/types";
import type { ConsensusPort } from "@wadi/workers";

import type { NodeOptions } from "../node-options.ts";
import { consensusLog } from "./consensus-log.ts";
import { consensusPort } from "./consensus-port.ts";
import { SyncWatch } from "./sync-watch.ts";

/** Hears of the commitments of a runtime's committee that reach the mempool. */
export type CommitmentListener = (runtimeId: Namespace, commitment: roothash.ExecutorCommitment) => void;

/** Disposing of it stops the chain; its followers have to be gone by then. */
export interface NodeConsensus extends AsyncDisposable {
  readonly validator: ValidatorNode;
  readonly port: ConsensusPort;
  readonly sync: SyncWatch;
  /**
   * Settles when the chain stopped by itself, or when one that follows it failed, which has missed a
   * block then. It never rejects.
   */
  readonly stopped: Promise<StopReason>;
  readonly watchCommitments: (listener: CommitmentListener) => () => void;
}

/** The chain goes on when this resolves. Rejects as `runValidator` does; nothing of it runs then. */
export async function startConsensus(options: NodeOptions, identity: NodeIdentity): Promise<NodeConsensus> {
  const commitmentListeners = new Set<CommitmentListener>();
  const validator = await runValidator({
    ...validatorOptions(options),
    identity,
    onExecutorCommitment: (runtimeId, commitment) =>
      commitmentListeners.forEach((listener) => listener(runtimeId, commitment)),
  });
  const failure = Promise.withResolvers<StopReason>();
  const sync = new SyncWatch(validator, identity.consensus.publicKey);
  const watchCommitments = (listener: CommitmentListener) => {
    commitmentListeners.add(listener);
    return () => void commitmentListeners.delete(listener);
  };
  const port = consensusPort(
    validator,
    identity,
    () => sync.isSynced,
    (error) => failure.resolve({ error }),
    watchCommitments,
  );
  return {
    validator,
    port,
    sync,
    stopped: Promise.race([validator.stopped, failure.promise]),
    watchCommitments,
    [Symbol.asyncDispose]: () => validator[Symbol.asyncDispose](),
  };
}

/** What the options of a node say of its chain. */
export function validatorOptions(options: NodeOptions): ValidatorOptions {
  const { dataDir, document, entityId, logging, memory, minGasPrice, quotes } = options;
  return {
    document,
    dataDir,
    quotes,
    events: consensusLog(logging),
    provesVrf: entityId !== undefined,
    makesCheckpoints: options.makesCheckpoints ?? true,
    ...memory,
    ...(options.debug && { debug: options.debug }),
    ...(options.engine && { engine: options.engine }),
    ...(options.prune && { prune: options.prune }),
    ...(options.fees && { fees: options.fees }),
    ...(options.upkeep && { upkeep: options.upkeep }),
    ...(options.supplementarySanity && { supplementarySanity: options.supplementarySanity }),
    ...(options.halt && { halt: options.halt }),
    ...(minGasPrice === undefined ? {} : { local: { minGasPrice } }),
  };
}
