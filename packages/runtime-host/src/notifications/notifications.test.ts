import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeCbor } from "@wadi/codec";
import { addTransaction, RootType, Tree } from "@wadi/mkvs";
import { RoflConfig, type Timers } from "@wadi/runtime-protocol";
import { quote, secrets, type roothash } from "@wadi/types";
import { utf8 } from "@wadi/util";
import type { ComponentId } from "../bundle/component-id.ts";
import { testHeader } from "../testing/test-batch.ts";
import { noReattestation, notifyHeight, planReattestation, reattestAt } from "./consensus-news.ts";
import { findTags } from "./find-tags.ts";
import { KeyManagerNews } from "./key-manager-news.ts";
import { NotificationQueue, type NotifiedComponents } from "./notification-queue.ts";
import { callerOf } from "../testing/caller.ts";
import { RoflNews } from "./rofl-news.ts";

const ronl: ComponentId = { kind: "ronl", name: "" };
const oracle: ComponentId = { kind: "rofl", name: "oracle" };

type Answer = (type: string, value: unknown) => Promise<unknown>;

/** Components that answer as the test says. */
function host(answer: Answer, components: ComponentId[] = [ronl]): NotifiedComponents {
  const runtime = callerOf(answer);
  return { components, component: () => runtime };
}

/** Lets everything happen that needs no further input. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("of many heights a slow component gets the first and the last", async () => {
  const heights: unknown[] = [];
  const gates: (() => void)[] = [];
  const queue = new NotificationQueue(
    host((_, value) => {
      heights.push(value);
      return new Promise<void>((resolve) => gates.push(resolve));
    }),
  );
  for (let height = 1n; height <= 50n; height++) notifyHeight(queue, height);
  await turn();
  assert.deepEqual(heights, [{ height: 1n }]);
  gates[0]?.();
  await turn();
  assert.deepEqual(heights, [{ height: 1n }, { height: 50n }]);
  gates[1]?.();
  await turn();
  notifyHeight(queue, 51n);
  await turn();
  assert.equal(heights.length, 3);
  gates[2]?.();
  await queue[Symbol.asyncDispose]();
});

test("no kind of news waits for another, failures end nothing, nothing is delivered after the end", async () => {
  const seen: string[] = [];
  const queue = new NotificationQueue(host(() => Promise.reject(new Error("no")), [ronl, oracle]));
  queue.push(ronl, "rofl/block", () => new Promise(() => undefined));
  queue.push(
    ronl,
    "rofl/tags",
    (_, signal) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  );
  notifyHeight(queue, 1n);
  await turn();
  queue.pushToAll("consensus-sync", () => Promise.resolve(void seen.push("told")));
  await turn();
  assert.deepEqual(seen, ["told", "told"]);
  queue.push(oracle, "rofl/config", () => Promise.reject(new Error("no")));
  await turn();
  const ended = new NotificationQueue(host(() => Promise.resolve({})));
  await ended[Symbol.asyncDispose]();
  ended.pushToAll("rofl/block", () => assert.fail("delivered"));
});

test("re-attestation after 50 to 90 % of the age, five minutes apart", () => {
  const low = planReattestation(noReattestation, 1000n, 0);
  const high = planReattestation(noReattestation, 1000n, 0.999999);
  assert.equal(low.blocks, 500n);
  assert.equal(high.blocks, 899n);
  assert.equal(planReattestation(low, 2n, 0.5).blocks, 0n);
  let { plan, isDue } = reattestAt(low, 10_000n, 0);
  assert.ok(!isDue, "the runtime has just attested");
  ({ plan, isDue } = reattestAt(plan, 10_501n, 300_000));
  assert.ok(!isDue, "too soon");
  ({ plan, isDue } = reattestAt(plan, 10_500n, 300_001));
  assert.ok(!isDue, "not enough blocks");
  ({ plan, isDue } = reattestAt(plan, 10_501n, 300_001));
  assert.ok(isDue);
  assert.deepEqual(plan.last, { height: 10_501n, timeMs: 300_001 });
  assert.ok(!reattestAt({ ...plan, blocks: 0n }, 99_999n, 9_999_999).isDue);
});

test("status and policy of the key manager are told 16 times at most, and again after a restart", async () => {
  const seen: string[] = [];
  let isUp = false;
  let pauses = 0;
  const timers: Timers = {
    now: () => 0,
    after: (delayMs, action) => {
      assert.equal(delayMs, 1000);
      pauses++;
      setImmediate(action);
      return () => undefined;
    },
  };
  const queue = new NotificationQueue(
    host((type) => {
      seen.push(type);
      return isUp ? Promise.resolve({}) : Promise.reject(new Error("down"));
    }),
  );
  const news = new KeyManagerNews(queue, timers);
  news.restarted();
  news.status(secrets.Status.zero());
  while (pauses < 15) await turn();
  await turn();
  assert.equal(seen.length, 16);
  seen.length = 0;
  isUp = true;
  news.quotePolicy(quote.Policy.zero());
  news.restarted();
  await turn();
  assert.deepEqual(seen.sort(), [
    "RuntimeKeyManagerQuotePolicyUpdateRequest",
    "RuntimeKeyManagerQuotePolicyUpdateRequest",
    "RuntimeKeyManagerStatusUpdateRequest",
  ]);
  await queue[Symbol.asyncDispose]();
});

const block: roothash.AnnotatedBlock = { consensusHeight: 5, block: { header: testHeader } };

test("ROFL components are told what their configuration says, until they register otherwise", async () => {
  const seen: [string, unknown][] = [];
  const config = encodeCbor(RoflConfig, { notifications: { blocks: true, events: [utf8("a"), utf8("b")] } });
  const queue = new NotificationQueue(
    host(
      (type, value) => {
        seen.push([type, value]);
        return Promise.resolve(type === "RuntimeQueryRequest" ? { data: config } : {});
      },
      [ronl, oracle],
    ),
  );
  const news = new RoflNews(queue, (_, keys) => Promise.resolve(keys.slice(1)));
  await news.block(block);
  await turn();
  assert.deepEqual(
    seen.map(([type]) => type),
    ["RuntimeQueryRequest"],
    "first it is asked",
  );
  seen.length = 0;
  await news.block(block);
  await turn();
  assert.deepEqual(seen, [
    ["RuntimeNotifyRequest", { runtimeBlock: block, runtimeEvent: null }],
    ["RuntimeNotifyRequest", { runtimeBlock: null, runtimeEvent: { block, tags: [utf8("b")] } }],
  ]);
  seen.length = 0;
  news.register(oracle, { blocks: false, events: [utf8("a")] });
  await news.block(block);
  await turn();
  assert.deepEqual(seen, [], "no such tag");
  await queue[Symbol.asyncDispose]();
});

test("tags are found by their exact keys", () => {
  const tree = Tree.empty(RootType.io);
  const add = (input: string, ...tags: string[]): void => {
    const pairs = tags.map((tag) => ({ key: utf8(tag), value: utf8("value") }));
    addTransaction(tree, { input: utf8(input), output: null, batchOrder: 0 }, pairs);
  };
  add("one", "transfer", "mint");
  add("two", "transfer");
  const find = (...keys: string[]): string[] =>
    findTags(tree, keys.map(utf8)).map((key) => new TextDecoder().decode(key));
  assert.deepEqual(find("mint", "burn", "transfer"), ["mint", "transfer", "transfer"]);
  assert.deepEqual(find("trans"), []);
});
