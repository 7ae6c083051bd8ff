// The hash over a block's results that the next header carries (types/results.go of the fork).
import { hexHash, type HexHash } from "./brands.ts";
import { merkleRoot } from "./merkle.ts";
import { ResponseDeliverTx } from "./wire/abci.ts";

/** What the hash covers of a result. */
export type HashedResult = Pick<ResponseDeliverTx, "code" | "data" | "gasWanted" | "gasUsed">;

/** The leaf of one result: without log, info, events and codespace; empty for an all-zero result. */
export function resultLeaf({ code, data, gasWanted, gasUsed }: HashedResult): Uint8Array {
  return ResponseDeliverTx.encode(ResponseDeliverTx.create({ code, data, gasWanted, gasUsed }));
}

/** The next header's last_results_hash. */
export function resultsHash(results: readonly HashedResult[]): HexHash {
  return hexHash(merkleRoot(results.map(resultLeaf)));
}
