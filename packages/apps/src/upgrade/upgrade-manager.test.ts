import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, isDecodeError, list } from "@wadi/codec";
import { EPOCH_INVALID, protocolVersions, upgrade, version } from "@wadi/types";
import { isError, must } from "@wadi/util";

import type { ContextMode } from "../framework/context.ts";
import { testContext } from "../testing/context.ts";
import type { UpgradeHandler } from "./handler.ts";
import { UpgradeManager, type UpgradeManagerOptions, type UpgradeNotice } from "./upgrade-manager.ts";
import { MemoryUpgradeStore } from "./upgrade-store.ts";

const { startup } = upgrade.upgradeStages;

function descriptor(changes: Partial<upgrade.Descriptor> = {}): upgrade.Descriptor {
  return { v: 1, handler: "in place", target: protocolVersions, epoch: 10n, ...changes };
}

const isKind =
  (kind: Parameters<typeof isError>[1]) =>
  (e: unknown): boolean =>
    isError(e, kind);
const stops = isKind(upgrade.ErrStopForUpgrade);
const plain = (message: RegExp): object => ({ module: "unknown", code: 1, message });

interface Node {
  readonly store: MemoryUpgradeStore;
  readonly ran: string[];
  readonly options: UpgradeManagerOptions;
  readonly manager: UpgradeManager;
}

function node(more: Partial<UpgradeManagerOptions> = {}): Node {
  const store = new MemoryUpgradeStore();
  const ran: string[] = [];
  const note = (what: string) => (): void => void ran.push(what);
  const handlers = new Map<string, UpgradeHandler>([
    ["in place", { beginBlock: note("begin"), endBlock: note("end") }],
    ["local work", { startup: note("startup"), beginBlock: note("begin"), endBlock: note("end") }],
  ]);
  const options = { store, handlers, ...more };
  return { store, ran, options, manager: new UpgradeManager(options) };
}

/** What the state machine does with the block after `last`: both hooks, and the look ahead after the commit. */
function block(manager: UpgradeManager, epoch: bigint, last: number, nextEpoch = epoch): void {
  for (const mode of ["begin-block", "end-block"] as const satisfies ContextMode[]) {
    manager.consensusUpgrade(testContext({ mode }), epoch, last);
  }
  manager.consensusUpgrade(undefined, nextEpoch, last + 1);
}

const stored = ({ store }: Pick<Node, "store">): readonly upgrade.PendingUpgrade[] => {
  const bytes = store.read();
  return bytes === undefined ? [] : decodeCbor(list(upgrade.PendingUpgrade), bytes);
};

test("an upgrade without local work is done in place, in one block", () => {
  const { manager, ran, store } = node();
  manager.submitDescriptor(descriptor());
  block(manager, 9n, 98);
  assert.deepEqual(ran, []);
  block(manager, 9n, 99, 10n);
  assert.deepEqual(stored({ store }), [
    { v: 1, descriptor: descriptor(), upgradeHeight: 100, lastCompletedStage: startup },
  ]);
  assert.ok(manager.hasPendingUpgradeAt(100));
  assert.ok(!manager.hasPendingUpgradeAt(101));
  block(manager, 10n, 100);
  assert.deepEqual(ran, ["begin", "end"]);
  assert.equal(store.read(), undefined);
  assert.throws(() => manager.getUpgrade(descriptor()), isKind(upgrade.ErrUpgradeNotFound));
});

test("an upgrade with local work stops the node, goes on after a restart, and ends", () => {
  const first = node();
  const wanted = descriptor({ handler: "local work" });
  first.manager.submitDescriptor(wanted);
  assert.throws(() => block(first.manager, 9n, 99, 10n), stops);
  assert.throws(() => first.manager.consensusUpgrade(undefined, 1n, 1), stops, "it keeps asking");
  assert.equal(must(stored(first)[0]).upgradeHeight, 100);

  const again = new UpgradeManager(first.options);
  again.startUp();
  again.startUp();
  assert.deepEqual(first.ran, ["startup"]);
  assert.equal(again.getUpgrade(wanted).lastCompletedStage, startup);
  assert.throws(() => again.cancelUpgrade(wanted), isKind(upgrade.ErrUpgradeInProgress));
  // The block may be executed more than once, also by a program that was restarted in between.
  again.consensusUpgrade(testContext({ mode: "begin-block" }), 10n, 100);
  block(new UpgradeManager(first.options), 10n, 100);
  assert.deepEqual(first.ran, ["startup", "begin", "begin", "end"]);
  assert.deepEqual(stored(first), []);
});

test("a restart after the upgrade block completes the upgrade in the next block", () => {
  const one = node();
  one.manager.submitDescriptor(descriptor());
  one.manager.consensusUpgrade(undefined, 10n, 100);
  const again = new UpgradeManager(one.options);
  block(again, 10n, 101);
  assert.deepEqual(one.ran, []);
  assert.deepEqual(stored(one), []);
});

const unable: readonly (readonly [name: string, Partial<upgrade.Descriptor>, RegExp])[] = [
  ["whose handler it does not have", { handler: "unknown" }, /missing migration handler/],
  [
    "to another consensus protocol",
    { target: { ...protocolVersions, consensusProtocol: version(8) } },
    /binary consensus version not compatible: own: 7\.0\.0, required: 8\.0\.0/,
  ],
];
for (const [name, changes, message] of unable) {
  test(`a program stops for an upgrade ${name}, and does not start at it`, () => {
    const one = node();
    one.manager.submitDescriptor(descriptor(changes));
    new UpgradeManager(one.options);
    assert.throws(() => one.manager.consensusUpgrade(undefined, 10n, 100), stops);
    assert.throws(() => new UpgradeManager(one.options), plain(message));
  });
}

test("a program of the target protocol takes over", () => {
  const one = node();
  const target = { ...protocolVersions, consensusProtocol: version(8) };
  one.manager.submitDescriptor(descriptor({ target }));
  assert.throws(() => one.manager.consensusUpgrade(undefined, 10n, 100), stops);
  const next = new UpgradeManager({ ...one.options, consensusProtocol: version(8, 1, 2) });
  next.startUp();
  block(next, 10n, 100);
  assert.deepEqual(one.ran, ["begin", "end"]);
});

test("descriptors are submitted once, cancelled while nothing is done, and told apart by every member", () => {
  const one = node();
  const { manager } = one;
  manager.cancelUpgrade(descriptor());
  manager.submitDescriptor(descriptor());
  assert.throws(() => manager.submitDescriptor(descriptor()), isKind(upgrade.ErrAlreadyPending));
  const others = [
    descriptor({ v: 2 }),
    descriptor({ epoch: 11n }),
    descriptor({ handler: "other" }),
    descriptor({ target: { ...protocolVersions, runtimeHostProtocol: version(1) } }),
  ];
  for (const other of others) {
    assert.throws(() => manager.getUpgrade(other), isKind(upgrade.ErrUpgradeNotFound));
    manager.submitDescriptor(other);
  }
  assert.equal(stored(one).length, 5);
  for (const other of others) manager.cancelUpgrade(other);
  assert.deepEqual(manager.pendingUpgrades(), [
    { v: 1, descriptor: descriptor(), upgradeHeight: 0, lastCompletedStage: 0 },
  ]);
  manager.cancelUpgrade(descriptor());
  assert.equal(one.store.read(), undefined);
  for (const call of ["submitDescriptor", "cancelUpgrade", "getUpgrade"] as const) {
    assert.throws(() => manager[call](null), isKind(upgrade.ErrBadDescriptor), call);
  }
  assert.throws(() => manager.hasPendingUpgradeAt(0), plain(/invalid upgrade height/));
});

test("in the first block of a chain everything that is pending is due", () => {
  const one = node();
  one.manager.submitDescriptor(descriptor());
  one.manager.consensusUpgrade(testContext({ mode: "begin-block" }), EPOCH_INVALID, 4);
  assert.deepEqual(one.ran, ["begin"]);
});

test("operators hear of each step", () => {
  const heard: UpgradeNotice[] = [];
  const { manager } = node({ notify: (notice) => void heard.push(notice) });
  manager.submitDescriptor(descriptor());
  manager.consensusUpgrade(undefined, 10n, 100);
  block(manager, 10n, 100);
  assert.deepEqual(heard, ["submitted", "in place", "consensus", "consensus", "completed"]);
});

test("height 0 means none, so what is due before the first block of all fails, as in the reference", () => {
  const { manager } = node();
  manager.submitDescriptor(descriptor());
  const begin = (): void => manager.consensusUpgrade(testContext({ mode: "begin-block" }), EPOCH_INVALID, 0);
  begin();
  assert.throws(begin, /out of order upgrade stage/);
});

test("a broken store is an error of its own", () => {
  for (const bytes of [Uint8Array.of(0xff), new Uint8Array(0), Uint8Array.of(0x81, 0xa1, 0x61, 0x78, 0x01)]) {
    const store = new MemoryUpgradeStore();
    store.write(bytes);
    assert.throws(() => new UpgradeManager({ store }), isDecodeError);
  }
  const store = new MemoryUpgradeStore();
  store.write(Uint8Array.of(0x81, 0xa0));
  assert.throws(() => new UpgradeManager({ store }), plain(/without a descriptor/));
});
