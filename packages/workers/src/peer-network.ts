// Other nodes of a runtime's committee. A node alone talks to nobody.
import type { CommitteeMessage } from "@wadi/worker-core";
import type { WriteLog, Root } from "@wadi/mkvs";
import type { Hash, Namespace } from "@wadi/types";
import { WadiError } from "@wadi/util";

import { ErrStorage } from "./errors.ts";

export interface PeerNetwork {
  publishProposal(runtimeId: Namespace, message: CommitteeMessage): void;
  publishTransaction(runtimeId: Namespace, raw: Uint8Array): void;
  /** Transactions by their hashes, those that somebody has. */
  fetchTransactions(runtimeId: Namespace, hashes: readonly Hash[], signal: AbortSignal): Promise<readonly Uint8Array[]>;
  /** The write log between two roots. Rejects where nobody has it. */
  fetchDiff(source: Root, destination: Root, signal: AbortSignal): Promise<WriteLog>;
}

/** A network without others: what one node does not have is nowhere. */
export const noPeers: PeerNetwork = {
  publishProposal: () => undefined,
  publishTransaction: () => undefined,
  fetchTransactions: () => Promise.resolve([]),
  fetchDiff: (_, { hash, version }) =>
    Promise.reject(new WadiError(ErrStorage, { context: `nobody has root ${hash} of round ${version}` })),
};
