// Messages of the storage worker. Reference: go/worker/storage/api/api.go.
import { struct, u64, type TypeOf } from "@wadi/codec";
import { Namespace, storage } from "@wadi/types";

export const LastSyncedRoundRequest = struct("worker/storage.GetLastSyncedRoundRequest", { runtimeId: Namespace });

/** The last round whose state is on the node. */
export const LastSyncedRound = struct("worker/storage.GetLastSyncedRoundResponse", {
  round: u64,
  ioRoot: storage.Root,
  stateRoot: storage.Root,
});
export type LastSyncedRound = TypeOf<typeof LastSyncedRound>;
