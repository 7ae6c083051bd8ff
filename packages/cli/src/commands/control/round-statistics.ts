// What the committees of a runtime did, counted from what each height shows.
// Reference: go/oasis-node/cmd/control/runtime_stats.go.
import { schedulerApp } from "@wadi/apps";
import { roothash, scheduler, type PublicKey } from "@wadi/types";
import { must } from "@wadi/util";

const { backupWorker, worker } = scheduler.committeeRoles;
const { epochTransition, normal, roundFailed, suspended } = roothash.headerTypes;

/** Rounds of an entity's nodes. */
export interface EntityStatistics {
  elected: number;
  primary: number;
  backup: number;
  proposer: number;
  /** A primary worker always has to work, a backup worker where the others disagreed. */
  primaryInvoked: number;
  primaryGood: number;
  primaryBad: number;
  primaryMissed: number;
  backupInvoked: number;
  backupGood: number;
  backupBad: number;
  backupMissed: number;
}

const NOTHING: EntityStatistics = {
  elected: 0,
  primary: 0,
  backup: 0,
  proposer: 0,
  primaryInvoked: 0,
  primaryGood: 0,
  primaryBad: 0,
  primaryMissed: 0,
  backupInvoked: 0,
  backupGood: 0,
  backupBad: 0,
  backupMissed: 0,
};

/** What one height shows of the runtime. */
export interface HeightFacts {
  readonly block: roothash.Block;
  /** Of the runtime. */
  readonly events: readonly roothash.Event[];
  /** The entity of each node that is registered. */
  readonly owners: ReadonlyMap<PublicKey, PublicKey>;
  /** Looked up where they are needed. */
  readonly results: () => Promise<roothash.RoundResults>;
  readonly state: () => Promise<roothash.RuntimeState>;
}

export class RoundStatistics {
  rounds = 0;
  successful = 0;
  epochTransitions = 0;
  failed = 0;
  suspended = 0;
  discrepancies = 0;
  timeoutDiscrepancies = 0;
  readonly entities = new Map<PublicKey, EntityStatistics>();
  readonly #owners = new Map<PublicKey, PublicKey>();
  #isFirst = true;
  #round = 0n;
  #committee: scheduler.Committee | undefined;
  #hasDiscrepancy = false;

  /** Once for each height, ascending. */
  async add({ block, events, owners, results, state }: HeightFacts): Promise<void> {
    for (const [node, owner] of owners) this.#owners.set(node, owner);
    const { headerType, round } = block.header;
    // What happened belongs to the round before; of the first height that one is not known.
    for (const event of this.#isFirst ? [] : events) {
      if (event.executionDiscrepancy) this.#discrepancy(event.executionDiscrepancy.timeout);
      if (event.finalized) this.#finalized(await results(), headerType);
    }
    this.#isFirst = false;
    if (round === this.#round) return;
    this.#round = round;
    this.rounds++;
    this.#count(headerType);
    if (headerType === suspended) this.#committee = undefined;
    else await this.#newRound(await state());
  }

  #count(headerType: number): void {
    if (headerType === normal) this.successful++;
    if (headerType === epochTransition) this.epochTransitions++;
    if (headerType === roundFailed) this.failed++;
    if (headerType === suspended) this.suspended++;
  }

  #discrepancy(byTimeout: boolean): void {
    if (byTimeout) this.timeoutDiscrepancies++;
    else this.discrepancies++;
    this.#hasDiscrepancy = true;
  }

  async #newRound({ commitmentPool, committee }: roothash.RuntimeState): Promise<void> {
    this.#committee = commitmentPool === null ? undefined : (committee ?? undefined);
    if (this.#committee === undefined) return;
    this.#hasDiscrepancy = false;
    const index = must(schedulerApp.schedulerIndex(this.#committee, this.#round, 0n), "a committee without workers");
    const proposer = schedulerApp.memberAt(this.#committee, index).publicKey;
    const seen = new Set<PublicKey>();
    for (const { publicKey, role } of schedulerApp.committeeMembers(this.#committee)) {
      const entity = this.#entityOf(publicKey);
      if (!seen.has(publicKey)) entity.elected++;
      seen.add(publicKey);
      if (role === worker) entity.primary++;
      if (role === backupWorker) entity.backup++;
      // Counted in each role that the proposer has.
      if (publicKey === proposer) entity.proposer++;
    }
  }

  #finalized({ badComputeEntities, goodComputeEntities }: roothash.RoundResults, headerType: number): void {
    if (this.#committee === undefined || headerType === epochTransition || headerType === suspended) return;
    for (const { publicKey, role } of schedulerApp.committeeMembers(this.#committee)) {
      const owner = this.#owners.get(publicKey);
      const entity = this.#entityOf(publicKey);
      const isGood = owner !== undefined && goodComputeEntities?.includes(owner) === true;
      const isBad = owner !== undefined && badComputeEntities?.includes(owner) === true;
      if (role === worker) {
        entity.primaryInvoked++;
        entity[isGood ? "primaryGood" : isBad ? "primaryBad" : "primaryMissed"]++;
      } else if (role === backupWorker && this.#hasDiscrepancy) {
        entity.backupInvoked++;
        entity[isGood ? "backupGood" : isBad ? "backupBad" : "backupMissed"]++;
      }
    }
  }

  #entityOf(node: PublicKey): EntityStatistics {
    const owner = this.#owners.get(node) ?? node;
    const found = this.entities.get(owner) ?? { ...NOTHING };
    this.entities.set(owner, found);
    return found;
  }
}
