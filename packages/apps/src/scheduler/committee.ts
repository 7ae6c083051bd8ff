// Who is who in a committee, and in which order its workers schedule.
// Reference: go/scheduler/api/api.go (Committee).
import { scheduler, type PublicKey } from "@wadi/types";
import { must } from "@wadi/util";

type Committee = scheduler.Committee;
type CommitteeNode = scheduler.CommitteeNode;

const { worker, backupWorker } = scheduler.committeeRoles;

/** Workers come before backup workers; a node may be both. */
export function committeeMembers({ members }: Committee): readonly CommitteeNode[] {
  return members ?? [];
}

/** The workers: members before the first one in another role. */
export function committeeWorkers(committee: Committee): readonly CommitteeNode[] {
  const members = committeeMembers(committee);
  const end = members.findIndex(({ role }) => role !== worker);
  return end === -1 ? members : members.slice(0, end);
}

export function isMember(committee: Committee, id: PublicKey): boolean {
  return committeeMembers(committee).some(({ publicKey }) => publicKey === id);
}

export function isWorker(committee: Committee, id: PublicKey): boolean {
  return committeeWorkers(committee).some(({ publicKey }) => publicKey === id);
}

/** Backup workers: members after the last one in another role. */
export function isBackupWorker(committee: Committee, id: PublicKey): boolean {
  const members = committeeMembers(committee);
  const start = members.findLastIndex(({ role }) => role !== backupWorker) + 1;
  return members.slice(start).some(({ publicKey }) => publicKey === id);
}

/** Index of the member that schedules the round with this rank; undefined if the rank is not below the number of workers. */
export function schedulerIndex(committee: Committee, round: bigint, rank: bigint): number | undefined {
  const total = BigInt(committeeWorkers(committee).length);
  if (rank >= total) return undefined;
  return Number((rank + total - (round % total)) % total);
}

/** Rank of a worker in a round, 0 goes first; undefined if the node is no worker. */
export function schedulerRank(committee: Committee, round: bigint, id: PublicKey): bigint | undefined {
  const workers = committeeWorkers(committee);
  const index = workers.findLastIndex(({ publicKey }) => publicKey === id);
  if (index === -1) return undefined;
  return BigInt.asUintN(64, round + BigInt(index)) % BigInt(workers.length);
}

/** The member at an index that `schedulerIndex` gave. */
export function memberAt(committee: Committee, index: number): CommitteeNode {
  return must(committeeMembers(committee)[index], "committee member");
}
