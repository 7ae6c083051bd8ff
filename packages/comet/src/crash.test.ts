// The machine stops at every single write of a validator, before it and after it, with and without
// loss of what was not synced; what is on the disk must always be enough to go on, and no two
// signatures may ever contradict each other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeWal, parseSignState } from "@wadi/comet-core";
import { headerHash } from "@wadi/comet-types";
import { must, toHex } from "@wadi/util";
import { Crash, CrashDisk, type CrashKind } from "./testing/crash-disk.ts";
import { SyncNode } from "./testing/sync-node.ts";
import { fastConfig, testGenesis, testValidators } from "./testing/test-chain.ts";

const [signer] = testValidators(1);
const genesis = testGenesis([must(signer)]);
const CRASHED_HEIGHTS = 3;
const LAST_HEIGHT = 6;

/** What a validator signed: for each height, round and step one signature. */
class Signatures {
  readonly #seen = new Map<string, string>();

  add(place: string, signature: Uint8Array, where: string): void {
    if (signature.length === 0) return;
    const text = toHex(signature);
    const other = this.#seen.get(place);
    assert.ok(other === undefined || other === text, `${where}: signed ${place} twice`);
    this.#seen.set(place, text);
  }
}

function collect(disk: CrashDisk, node: SyncNode | undefined, signatures: Signatures, where: string): void {
  for (const text of disk.signStates) {
    const { height, round, step, signature } = parseSignState(text).state;
    if (signature !== undefined) signatures.add(`${height}/${round}/${step}`, signature, where);
  }
  for (const { record } of decodeWal(disk.wal.read("head")).records) {
    if (record.kind !== "message" || record.peer !== "") continue;
    const { message } = record;
    if (message.kind === "vote") {
      const { height, round, type, signature } = message.vote;
      signatures.add(`${height}/${round}/${type + 1}`, signature, where);
    } else if (message.kind === "proposal") {
      const { height, round, signature } = message.proposal;
      signatures.add(`${height}/${round}/1`, signature, where);
    }
  }
  const height = node?.blocks.height ?? 0;
  const seen = node?.blocks.loadSeenCommit(height);
  if (seen !== undefined) signatures.add(`${height}/${seen.round}/3`, must(seen.signatures[0]).signature, where);
}

interface Machine {
  readonly disk: CrashDisk;
  readonly clock: { time: bigint; ms: number };
  readonly hasNoPeers: boolean;
}

function newNode({ clock, disk, hasNoPeers }: Machine): SyncNode {
  const { database, wal, signState } = disk;
  const application = disk.application();
  return new SyncNode({
    database,
    wal,
    signState,
    application,
    genesis,
    config: fastConfig(),
    signer: must(signer),
    hasNoPeers,
    clock,
  });
}

/** Runs until the planned crash; returns what was running. */
function runUntilCrash(machine: Machine, sink: { node?: SyncNode }): boolean {
  try {
    const node = newNode(machine);
    sink.node = node;
    node.start();
    node.mempool.checkTx(new Uint8Array([machine.clock.ms & 0xff, 1, 2]));
    node.runTo(CRASHED_HEIGHTS);
    return false;
  } catch (e) {
    if (e instanceof Crash) return true;
    throw e;
  }
}

function scenario(at: number, isAfter: boolean, kind: CrashKind, hasNoPeers: boolean): boolean {
  const disk = new CrashDisk();
  const clock = { time: genesis.genesisTime + 1_000_000_000n, ms: 0 };
  const machine = { disk, clock, hasNoPeers };
  const torn = kind === "machine" ? (at * 37) % 200 : 0;
  const signatures = new Signatures();
  const where = `${isAfter ? "after" : "before"} write ${at}, ${kind}, ${torn}`;
  const before: { node?: SyncNode } = {};
  disk.crashAt(at, isAfter);
  if (!runUntilCrash(machine, before)) return false;
  const name = `${where} (${disk.writes[at]})`;
  const decided = new Map(
    (before.node?.applied ?? []).map(({ block, blockId }) => [block.header.height, blockId.hash]),
  );
  // What was neither synced nor seen by anybody may be lost, and signed anew.
  disk.restart(kind, torn);
  collect(disk, before.node, signatures, name);
  // A second crash a little later, now and then.
  if (at % 3 === 0) {
    disk.crashAt(2 + (at % 7), !isAfter);
    runUntilCrash(machine, {});
    disk.restart(kind, torn + 1);
    collect(disk, undefined, signatures, name);
  }
  const node = newNode(machine);
  node.start();
  node.runTo(LAST_HEIGHT);
  collect(disk, node, signatures, name);

  const application = disk.application();
  assert.equal(application.info().lastHeight, LAST_HEIGHT, name);
  for (let height = 1; height <= LAST_HEIGHT; height++) {
    const header = must(node.blocks.loadHeader(height), name);
    const hash = headerHash(header);
    assert.equal(decided.get(height) ?? hash, hash, `${name}: height ${height} was decided twice`);
    if (height === 1) continue;
    assert.equal(header.lastBlockId.hash, headerHash(must(node.blocks.loadHeader(height - 1))), name);
    const committed = application.disk.states.find((state) => state.height === height - 1);
    assert.equal(header.appHash, committed?.appHash, name);
  }
  return true;
}

function crashesOf(kind: CrashKind, hasNoPeers: boolean): number {
  let crashes = 0;
  for (const isAfter of [false, true]) {
    for (let at = 0; scenario(at, isAfter, kind, hasNoPeers); at++) crashes++;
  }
  return crashes;
}

for (const kind of ["process", "machine"] as const) {
  test(`a crash of the ${kind} at every write loses nothing that was decided or signed`, () => {
    const crashes = crashesOf(kind, false);
    // Log, its sync, sign state, block with the state before it, end of height, application.
    assert.ok(crashes >= 2 * 6 * CRASHED_HEIGHTS - 2, `${crashes} crashes`);
  });

  test(`nor does a crash of the ${kind} where blocks carry the sign state`, () => {
    const crashes = crashesOf(kind, true);
    // Block with state and sign record, end of height (and log), application, state.
    assert.ok(crashes >= 2 * 4 * CRASHED_HEIGHTS - 2, `${crashes} crashes`);
  });
}
