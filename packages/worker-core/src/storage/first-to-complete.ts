/**
 * The round with which a worker that starts goes on: the first one that an earlier run has not completed,
 * and where it has completed all of them the last one, as it is built upon. `latest` is the newest round
 * of the history, `lastSynced` the last one whose state is here; undefined where there is none.
 */
export function firstToComplete(latest: bigint | undefined, lastSynced: bigint | undefined): bigint {
  if (latest === undefined || lastSynced === undefined) return 0n;
  return lastSynced < latest ? lastSynced + 1n : latest;
}
