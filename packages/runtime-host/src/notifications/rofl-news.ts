// News of the runtime for its ROFL components: blocks, and blocks with events that they care about
// (go/runtime/registry/notifier_rofl.go).
import { decodeCbor } from "@wadi/codec";
import { QueryRequest, RoflConfig, ROFL_CONFIG_METHOD, type RoflNotifications } from "@wadi/runtime-protocol";
import type { roothash } from "@wadi/types";
import { ComponentKind, formatComponentId, type ComponentId } from "../bundle/component-id.ts";
import { type HostLog, silentLog } from "../logs/host-log.ts";
import { errorText } from "../rhp/errors.ts";
import type { NotificationQueue } from "./notification-queue.ts";

const TIMEOUT_MS = 2000;

/** Reads the I/O tree of a block: those of the tag keys that occur in it, once per occurrence. */
export type TagReader = (block: roothash.AnnotatedBlock, keys: readonly Uint8Array[]) => Promise<readonly Uint8Array[]>;

export class RoflNews {
  readonly #queue: NotificationQueue;
  readonly #readTags: TagReader;
  readonly #log: HostLog;
  /** What components want to be told, once it is known. */
  readonly #wanted = new Map<string, RoflNotifications>();

  constructor(queue: NotificationQueue, readTags: TagReader, log: HostLog = silentLog) {
    this.#queue = queue;
    this.#readTags = readTags;
    this.#log = log;
  }

  /** A component says what it wants to be told, in place of its configuration. */
  register(component: ComponentId, notifications: RoflNotifications): void {
    this.#wanted.set(formatComponentId(component), notifications);
  }

  /** The runtime has a new block. Resolves when the news are on their way. */
  async block(block: roothash.AnnotatedBlock): Promise<void> {
    const rofls = this.#queue.components.filter(({ kind }) => kind === ComponentKind.rofl);
    this.#forgetOthers(rofls);
    for (const component of rofls) {
      const wanted = this.#wanted.get(formatComponentId(component));
      if (wanted === undefined) {
        this.#fetchConfig(component);
        continue;
      }
      if (wanted.blocks) this.#pushBlock(component, block);
      if (wanted.events.length > 0) await this.#pushTags(component, block, wanted.events);
    }
  }

  #forgetOthers(rofls: readonly ComponentId[]): void {
    const present = new Set(rofls.map(formatComponentId));
    for (const component of this.#wanted.keys()) if (!present.has(component)) this.#wanted.delete(component);
  }

  #fetchConfig(component: ComponentId): void {
    this.#queue.push(component, "rofl/config", async (runtime, signal) => {
      const query = { ...QueryRequest.zero(), method: ROFL_CONFIG_METHOD };
      const { data } = await runtime.request("RuntimeQueryRequest", query, { timeoutMs: TIMEOUT_MS, signal });
      const { notifications } = decodeCbor(RoflConfig, data);
      // It may have registered in the meantime.
      if (!this.#wanted.has(formatComponentId(component))) this.register(component, notifications);
    });
  }

  #pushBlock(component: ComponentId, runtimeBlock: roothash.AnnotatedBlock): void {
    this.#queue.push(component, "rofl/block", async (runtime, signal) => {
      const news = { runtimeBlock, runtimeEvent: null };
      await runtime.request("RuntimeNotifyRequest", news, { timeoutMs: TIMEOUT_MS, signal });
    });
  }

  async #pushTags(component: ComponentId, block: roothash.AnnotatedBlock, keys: readonly Uint8Array[]): Promise<void> {
    let tags: readonly Uint8Array[];
    try {
      tags = await this.#readTags(block, keys);
    } catch (e) {
      const fields = { round: block.block?.header.round, err: errorText(e) };
      this.#log.warn("failed to fetch tags for block", fields);
      return;
    }
    if (tags.length === 0) return;
    this.#queue.push(component, "rofl/tags", async (runtime, signal) => {
      const news = { runtimeBlock: null, runtimeEvent: { block, tags } };
      await runtime.request("RuntimeNotifyRequest", news, { timeoutMs: TIMEOUT_MS, signal });
    });
  }
}
