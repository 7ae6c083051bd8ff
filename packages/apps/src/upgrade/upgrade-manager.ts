// Pending upgrades of this node: it stops where another program has to go on, and runs the handlers
// of those it can do itself. An upgrade takes two stages, startup and consensus; one without local
// work at startup is done in place, without stopping. Reference: go/upgrade/upgrade.go.
//
// The manager remembers what it was told to do while blocks are executed, also of proposals that
// nobody decides for: heights are those of the last committed block, which proposals do not change.
import { decodeCbor, encodeCbor, list } from "@wadi/codec";
import { formatVersion, protocolVersions, upgrade, type Version } from "@wadi/types";
import { assert } from "@wadi/util";

import type { Context } from "../framework/context.ts";
import { refuse, refusePlain } from "../framework/errors.ts";
import type { Upgrader } from "../framework/ports.ts";
import type { UpgradeHandler } from "./handler.ts";
import { upgradeHandlers } from "./handlers.ts";
import type { UpgradeStore } from "./upgrade-store.ts";

const { startup: STARTUP, consensus: CONSENSUS } = upgrade.upgradeStages;
const PENDING_UPGRADE_VERSION = 1;
/** The upgrade epoch has not been reached. */
const NO_HEIGHT = 0;
const Stored = list(upgrade.PendingUpgrade);

/** What an operator may want to know. */
export type UpgradeNotice = "submitted" | "startup" | "consensus" | "completed" | "in place" | "incompatible";

export interface UpgradeManagerOptions {
  readonly store: UpgradeStore;
  /** By name; default: all that this program has. */
  readonly handlers?: ReadonlyMap<string, UpgradeHandler>;
  /** The consensus protocol that this program speaks. */
  readonly consensusProtocol?: Version;
  readonly notify?: (notice: UpgradeNotice, descriptor: upgrade.Descriptor) => void;
}

interface Pending {
  readonly descriptor: upgrade.Descriptor;
  /** The last committed height when the upgrade epoch was first seen. */
  height: number;
  lastStage: upgrade.UpgradeStage;
}

export class UpgradeManager implements Upgrader {
  readonly #store: UpgradeStore;
  readonly #handlers: ReadonlyMap<string, UpgradeHandler>;
  readonly #own: Version;
  readonly #notify: (notice: UpgradeNotice, descriptor: upgrade.Descriptor) => void;
  #pending: readonly Pending[];
  #mustStop = false;

  /**
   * Loads what is pending. Throws (`unknown`, 1) if an upgrade is due that this program cannot do,
   * and DecodeError for a broken store.
   */
  constructor({ store, handlers, consensusProtocol, notify }: UpgradeManagerOptions) {
    this.#store = store;
    this.#handlers = handlers ?? upgradeHandlers;
    this.#own = consensusProtocol ?? protocolVersions.consensusProtocol;
    this.#notify = notify ?? (() => undefined);
    this.#pending = readPending(store);
    for (const pending of this.#pending) if (pending.height !== NO_HEIGHT) this.#requireOwn(pending);
    if (this.#pending.length > 0) this.#flush();
  }

  /** In order of submission. */
  pendingUpgrades(): upgrade.PendingUpgrade[] {
    return this.#pending.map(toValue);
  }

  /** Local work of upgrades that are due, once before the node starts. */
  startUp(): void {
    for (const pending of this.#pending) {
      if (pending.height === NO_HEIGHT || pending.lastStage >= STARTUP) continue;
      this.#notify("startup", pending.descriptor);
      this.#handler(pending).startup?.();
      complete(pending, STARTUP);
    }
    this.#flush();
  }

  submitDescriptor(descriptor: upgrade.Descriptor | null): void {
    if (descriptor === null) refuse(upgrade.ErrBadDescriptor, "no descriptor");
    if (this.#find(descriptor) !== undefined) refuse(upgrade.ErrAlreadyPending, describe(descriptor));
    this.#pending = [...this.#pending, { descriptor, height: NO_HEIGHT, lastStage: 0 }];
    this.#notify("submitted", descriptor);
    this.#flush();
  }

  cancelUpgrade(descriptor: upgrade.Descriptor | null): void {
    if (descriptor === null) refuse(upgrade.ErrBadDescriptor, "no descriptor");
    const found = this.#find(descriptor);
    if (found !== undefined && (found.height !== NO_HEIGHT || found.lastStage > 0)) {
      refuse(upgrade.ErrUpgradeInProgress, describe(descriptor));
    }
    this.#pending = this.#pending.filter((pending) => pending !== found);
    this.#flush();
  }

  getUpgrade(descriptor: upgrade.Descriptor | null): upgrade.PendingUpgrade {
    if (descriptor === null) refuse(upgrade.ErrBadDescriptor, "no descriptor");
    return toValue(this.#find(descriptor) ?? refuse(upgrade.ErrUpgradeNotFound, describe(descriptor)));
  }

  hasPendingUpgradeAt(height: number): boolean {
    if (height === NO_HEIGHT) refusePlain("invalid upgrade height specified");
    return this.#pending.some((pending) => pending.lastStage < CONSENSUS && pending.height === height);
  }

  /** See `Upgrader`. Once it has asked to stop it keeps asking. */
  consensusUpgrade(ctx: Context | undefined, epoch: bigint, heightLast: number): void {
    this.#requireRunning();
    for (const pending of this.#pending) {
      if (pending.height === NO_HEIGHT) {
        if (epoch < pending.descriptor.epoch) continue;
        this.#begin(pending, heightLast);
      }
      if (pending.height < heightLast) {
        complete(pending, CONSENSUS);
        continue;
      }
      assert(pending.height === heightLast, "upgrade height is in the future, but its epoch was seen already");
      if (pending.lastStage < CONSENSUS && ctx !== undefined) this.#run(ctx, pending);
    }
    this.#flush();
  }

  #requireRunning(): void {
    if (this.#mustStop) refuse(upgrade.ErrStopForUpgrade, "another program has to go on");
  }

  /** The upgrade epoch has come: stops, or goes on in place. */
  #begin(pending: Pending, heightLast: number): void {
    pending.height = heightLast;
    this.#flush();
    const handler = this.#handlers.get(pending.descriptor.handler);
    this.#mustStop = !this.#isCompatible(pending) || handler === undefined || handler.startup !== undefined;
    this.#requireRunning();
    this.#notify("in place", pending.descriptor);
    complete(pending, STARTUP);
  }

  #run(ctx: Context, pending: Pending): void {
    this.#notify("consensus", pending.descriptor);
    const handler = this.#handler(pending);
    if (ctx.mode === "begin-block") handler.beginBlock?.(ctx);
    else if (ctx.mode === "end-block") handler.endBlock?.(ctx);
    else refusePlain(`upgrade handler called in unexpected context: ${ctx.mode}`);
  }

  #find(descriptor: upgrade.Descriptor): Pending | undefined {
    return this.#pending.find((pending) => upgrade.descriptorsEqual(pending.descriptor, descriptor));
  }

  #handler({ descriptor }: Pending): UpgradeHandler {
    return this.#handlers.get(descriptor.handler) ?? refusePlain(`missing migration handler: ${descriptor.handler}`);
  }

  #isCompatible({ descriptor }: Pending): boolean {
    return descriptor.target.consensusProtocol.major === this.#own.major;
  }

  #requireOwn(pending: Pending): void {
    if (pending.lastStage >= CONSENSUS) return;
    if (!this.#isCompatible(pending)) {
      this.#notify("incompatible", pending.descriptor);
      const required = formatVersion(pending.descriptor.target.consensusProtocol);
      refusePlain(`binary consensus version not compatible: own: ${formatVersion(this.#own)}, required: ${required}`, {
        handler: pending.descriptor.handler,
      });
    }
    this.#handler(pending);
  }

  /** Stores what is not completed. */
  #flush(): void {
    for (const { lastStage, descriptor } of this.#pending) {
      if (lastStage >= CONSENSUS) this.#notify("completed", descriptor);
    }
    this.#pending = this.#pending.filter(({ lastStage }) => lastStage < CONSENSUS);
    if (this.#pending.length === 0) this.#store.remove();
    else this.#store.write(encodeCbor(Stored, this.#pending.map(toValue)));
  }
}

function complete(pending: Pending, stage: upgrade.UpgradeStage): void {
  assert(pending.lastStage + 1 === stage, "out of order upgrade stage execution");
  pending.lastStage = stage;
}

function toValue({ descriptor, height, lastStage }: Pending): upgrade.PendingUpgrade {
  return { v: PENDING_UPGRADE_VERSION, descriptor, upgradeHeight: height, lastCompletedStage: lastStage };
}

function readPending(store: UpgradeStore): Pending[] {
  const bytes = store.read();
  if (bytes === undefined) return [];
  return decodeCbor(Stored, bytes).map(({ descriptor, upgradeHeight, lastCompletedStage }) => {
    if (descriptor === null) refusePlain("stored upgrade without a descriptor");
    return { descriptor, height: upgradeHeight, lastStage: lastCompletedStage };
  });
}

function describe({ handler, epoch }: upgrade.Descriptor): string {
  return `${handler} at epoch ${epoch}`;
}
