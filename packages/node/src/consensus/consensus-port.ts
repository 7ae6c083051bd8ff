// The chain of a node as its workers see it.
import { backendOf, blockEvents, blockNews, type ValidatorNode } from "@wadi/consensus";
import type { NodeIdentity } from "@wadi/crypto";
import type { ConsensusNews, ConsensusPort } from "@wadi/workers";

/** `onFailure` is told what a follower of the chain throws: it has missed a block then, and cannot go on. */
export function consensusPort(
  validator: ValidatorNode,
  identity: NodeIdentity,
  isSynced: () => boolean,
  onFailure: (error: unknown) => void,
  watchCommitments: ConsensusPort["watchCommitments"],
): ConsensusPort {
  const backend = backendOf(validator, identity.consensus.publicKey, isSynced);
  const listeners = new Set<(news: ConsensusNews) => void>();
  validator.engine.subscribe((notice) => {
    if (notice.kind !== "block") return;
    const { block, response } = notice.applied;
    // Who comes later knows the block already.
    const told = [...listeners];
    // Whoever listens may take its time; the engine goes on first.
    setImmediate(() => {
      if (told.every((listener) => !listeners.has(listener))) return;
      const { height } = block.header;
      const news = { height, events: { ...blockEvents(height, block.txs, response), ...blockNews(response) } };
      try {
        for (const listener of told) if (listeners.has(listener)) listener(news);
      } catch (error) {
        onFailure(error);
      }
    });
  });
  return {
    backend,
    stateDatabase: validator.host.database,
    watchCommitments,
    submit: (signer, call, signal) => validator.own.submit(signer, call, signal),
    subscribe(listener) {
      // Each its own entry, also where one function listens twice.
      const entry = (news: ConsensusNews): void => listener(news);
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
  };
}
