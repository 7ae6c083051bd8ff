import type { Recorder } from "../../ledger.ts";

/** How many calls a tree with nothing in memory makes for a series of operations. */
export type RemoteCallCounts = Readonly<Record<string, unknown>>;

/** Runs the part of `mkvs/reference-cases` that counts the calls of remote trees. */
export async function remoteCallCounts(r: Recorder, counts: RemoteCallCounts): Promise<void> {
  r.leaveOut("not counted yet", Object.keys(counts).length - 1);
}
