import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { beaconApp, networkVerifier, parseRecordedBlock, replayChain, stakingApp } from "@wadi/apps";
import { ErrDirectoryInUse } from "@wadi/comet";
import { encodeCbor } from "@wadi/codec";
import { ErrOtherChain } from "@wadi/comet-core";
import { addressOfKey, evidenceHash } from "@wadi/comet-types";
import { consensus, staking, transaction, type genesis } from "@wadi/types";
import { isError, must } from "@wadi/util";

import { engineConfig } from "../engine-config.ts";
import { ChainReader } from "../export/chain-reader.ts";
import { recordedLines } from "../export/recorded-chain.ts";
import { doubleVote } from "../testing/double-vote.ts";
import { memoryIdentity, reached, startMemoryNodes, testSwitches } from "../testing/memory-network.ts";
import { accountAddress, accountSigner, testGenesis } from "../testing/network-genesis.ts";
import { testIdentity } from "../testing/identity.ts";
import { noQuotes } from "../testing/test-chain.ts";
import { dataDirectory } from "./data-dir.ts";
import { runValidator, type ValidatorNode, type ValidatorOptions } from "./validator-node.ts";

const { methods } = transaction;
const scratch = mkdtempSync(join(tmpdir(), "wadi-validator-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const alice = accountSigner("alice");
const bob = accountAddress("bob");
const INTERVAL = 8;
const genesisOf = (validators: readonly string[]): genesis.Document =>
  testGenesis({ validators, accounts: { alice: 1_000_000n }, epochInterval: BigInt(INTERVAL) });

const transfer = (amount: bigint) => ({
  method: methods.stakingTransfer.name,
  body: encodeCbor(staking.Transfer, { to: bob, amount }),
});

/** A transfer of alice's, signed for the node's network. */
function rawTransfer(node: ValidatorNode, nonce: bigint, amount = 1n): Uint8Array {
  const tx = { ...transfer(amount), nonce, fee: { amount: 0n, gas: 10_000n } };
  const context = transaction.transactionContext(node.host.machine.chainContext);
  return encodeCbor(transaction.SignedTransaction, transaction.signTransaction(tx, context, alice));
}

const balanceOfBob = (node: ValidatorNode): bigint =>
  stakingApp.stakingQueries.account(node.host.machine.stateAt(0), bob).general.balance;

/** The number of proofs in each epoch's round, as blocks go by. */
function watchRounds(node: ValidatorNode): Map<bigint, number> {
  const rounds = new Map<bigint, number>();
  node.engine.subscribe((notice) => {
    if (notice.kind !== "block") return;
    const round = must(beaconApp.beaconQueries.vrfState(node.host.machine.stateAt(0)));
    rounds.set(round.epoch, round.pi.size);
  });
  return rounds;
}

/** A validator alone, in memory or in a directory. */
function start(document: genesis.Document, options: Partial<ValidatorOptions> = {}): Promise<ValidatorNode> {
  const identity = options.dataDir === undefined ? { identity: memoryIdentity("a") } : {};
  return runValidator({ document, quotes: noQuotes, debug: testSwitches, ...identity, ...options });
}

test("one validator: epochs with proofs, transfers through the mempool", async () => {
  const failures: unknown[] = [];
  const events = { vrfFailed: (error: unknown) => void failures.push(error) };
  await using node = await start(genesisOf(["a"]), { events });
  const rounds = watchRounds(node);
  await reached(node, 1);
  const sent = await Promise.all([1, 2, 3].map((amount) => node.own.submit(alice, transfer(BigInt(amount)))));
  assert.equal(sent.length, 3);
  assert.equal(balanceOfBob(node), 6n);
  const { height, index } = await node.submit(rawTransfer(node, 3n, 4n));
  const block = must(node.engine.blocks.loadBlock(height));
  assert.equal(block.txs.length, index + 2, "the transaction and the metadata");
  await reached(node, 4 * INTERVAL + 1);
  assert.equal(balanceOfBob(node), 10n);
  for (const epoch of [0n, 1n, 2n]) assert.equal(rounds.get(epoch), 1, `epoch ${epoch}`);
  assert.deepEqual(failures, []);
});

test("transactions that are refused tell why", async () => {
  await using node = await start(genesisOf(["a"]));
  await reached(node, 1);
  await assert.rejects(
    node.submit(rawTransfer(node, 7n)),
    (e) => isError(e, transaction.ErrInvalidNonce) && (e as Error).message === transaction.ErrInvalidNonce.text,
    "with no context, as clients of the reference compare it with `==`",
  );
  const raw = rawTransfer(node, 0n);
  const first = node.submit(raw);
  await assert.rejects(node.submit(raw), (e) => isError(e, consensus.ErrDuplicateTx));
  await first;
  const tooMuch = rawTransfer(node, 1n, 10n ** 12n);
  await assert.rejects(node.submit(tooMuch), /insufficient balance/);
});

test("a data directory: restart, one process at a time, and a chain that replays", async () => {
  const dataDir = join(scratch, "restarted");
  const document = genesisOf(["a"]);
  const identity = testIdentity(dataDir, "a");
  const heights: number[] = [];
  for (let run = 0; run < 3; run++) {
    await using node = await start(document, { dataDir });
    await assert.rejects(start(document, { dataDir, identity }), (e) => isError(e, ErrDirectoryInUse));
    heights.push(node.host.machine.lastHeight);
    await reached(node, (run + 1) * 6);
    await node.own.submit(alice, transfer(5n));
    assert.equal(balanceOfBob(node), 5n * BigInt(run + 1));
  }
  assert.equal(heights[0], 0);
  assert.ok(must(heights[2]) > must(heights[1]) && must(heights[1]) >= 6, heights.join());

  await using chain = new ChainReader(dataDirectory(dataDir));
  assert.throws(
    () => chain.lines(genesisOf(["b"])),
    (e) => isError(e, ErrOtherChain),
  );
  const records = Array.from(chain.lines(document), parseRecordedBlock);
  const verifier = networkVerifier(document, { allowTestKeys: true });
  const debug = testSwitches;
  const report = replayChain(document, records, { quotes: noQuotes, verifier, debug });
  assert.equal(report.difference, undefined);
  assert.ok(report.blocks >= 18);
});

test("a halt height ends the node in order; a later start goes on", async () => {
  const dataDir = join(scratch, "halted");
  testIdentity(dataDir, "a");
  for (const height of [4, 7]) {
    await using node = await start(genesisOf(["a"]), { dataDir, halt: { height }, syncState: true });
    assert.deepEqual(await node.stopped, {});
    assert.equal(node.engine.blocks.height, height - 1);
    await assert.rejects(node.submit(rawTransfer(node, 0n)), /the node has stopped/);
  }
});

test("a directory of another network, or of another key, is refused", async () => {
  const dataDir = join(scratch, "foreign");
  testIdentity(dataDir, "a");
  {
    await using node = await start(genesisOf(["a"]), { dataDir });
    await reached(node, 2);
  }
  await assert.rejects(start(genesisOf(["a", "b"]), { dataDir }), /chain/);
  await assert.rejects(start(genesisOf(["a"]), { dataDir, identity: memoryIdentity("b") }), /public key mismatch/);
  await using node = await start(genesisOf(["a"]), { dataDir });
  await reached(node, 3);
});

test("old blocks and states go, and a restart goes on without them", async () => {
  const dataDir = join(scratch, "pruned");
  testIdentity(dataDir, "a");
  const prune = { kind: "keep", versions: 3n } as const;
  const upkeep = { pruneIntervalMs: 1, checkpointIntervalMs: 60_000 };
  {
    await using node = await start(genesisOf(["a"]), { dataDir, prune, upkeep });
    while (node.engine.blocks.base < 3) await reached(node, node.host.machine.lastHeight + 1);
    assert.throws(() => node.host.machine.stateAt(1), /not kept/);
  }
  await using node = await start(genesisOf(["a"]), { dataDir, prune, upkeep });
  assert.ok(node.engine.blocks.base >= 3);
  await reached(node, node.host.machine.lastHeight + 3);
});

for (const makesCheckpoints of [true, false]) {
  test(`checkpoints of the state are ${makesCheckpoints ? "" : "not "}made where they are ${makesCheckpoints ? "" : "not "}wanted`, async () => {
    const dataDir = join(scratch, `checkpoints ${makesCheckpoints}`);
    testIdentity(dataDir, "a");
    const params = { stateCheckpointInterval: 2n, stateCheckpointNumKept: 2n, stateCheckpointChunkSize: 1_048_576n };
    const document = testGenesis({ validators: ["a"], consensus: params });
    const upkeep = { pruneIntervalMs: 60_000, checkpointIntervalMs: 1 };
    const found = (): boolean => {
      const { checkpoints } = dataDirectory(dataDir);
      return existsSync(checkpoints) && readdirSync(checkpoints).length > 0;
    };
    await using node = await start(document, { dataDir, upkeep, makesCheckpoints });
    await reached(node, 20);
    while (makesCheckpoints && !found()) await reached(node, node.host.machine.lastHeight + 1);
    assert.equal(found(), makesCheckpoints);
  });
}

for (const [count, epochs] of [
  [4, 2],
  [7, 1],
] as const) {
  const height = epochs * INTERVAL + 3;
  test(`${count} validators agree, prove, and carry each other's transactions`, async () => {
    const names = Array.from({ length: count }, (_, i) => `validator ${i}`);
    const failures: unknown[] = [];
    const events = { vrfFailed: (error: unknown) => void failures.push(error) };
    await using net = await startMemoryNodes(genesisOf(names), names, () => ({ events }));
    const [first, ...others] = net.nodes;
    const last = must(others.at(-1));
    const rounds = watchRounds(must(first));
    await reached(last, 1);
    await last.own.submit(alice, transfer(11n));
    await Promise.all(net.nodes.map((node) => reached(node, height)));
    for (const node of net.nodes) {
      assert.equal(balanceOfBob(node), 11n);
      const hashesOf = ({ engine }: ValidatorNode) =>
        [1, 5, 10, height].map((at) => engine.blocks.loadMeta(at)?.blockId.hash);
      assert.deepEqual(hashesOf(node), hashesOf(must(first)));
    }
    assert.equal(rounds.get(0n), count, "proofs of all");
    assert.deepEqual(failures, []);
    const proposers = new Set(
      Array.from({ length: 10 }, (_, i) => must(first).engine.blocks.loadHeader(i + 1)?.proposerAddress),
    );
    assert.equal(proposers.size, count, "each of them proposes");

    const states = { latest: undefined, at: () => undefined };
    const records = Array.from(recordedLines(last.engine.blocks, states, 1), parseRecordedBlock);
    const verifier = networkVerifier(genesisOf(names), { allowTestKeys: true });
    const replayed = replayChain(genesisOf(names), records, { quotes: noQuotes, verifier, debug: testSwitches });
    assert.equal(replayed.difference, undefined);
    assert.ok(replayed.blocks >= height - 1);
  });
}

test("a validator that was away catches up and votes again", async () => {
  const names = ["a", "b", "c", "d"];
  const document = genesisOf(names);
  const dataDir = join(scratch, "away");
  const identity = testIdentity(dataDir, "d");
  // Whoever is away is waited for when it is its turn to propose.
  const { timeouts } = engineConfig(document);
  const engine = { timeouts: { ...timeouts, proposeMs: 200, prevoteMs: 200, precommitMs: 200 } };
  await using net = await startMemoryNodes(document, names.slice(0, 3), () => ({ engine }));
  const [first] = net.nodes;
  const join4 = (): Promise<ValidatorNode> => {
    const transport = net.network.join("d");
    net.network.connectAll();
    return start(document, { dataDir, identity, transport, engine });
  };
  let left = 0;
  {
    await using node = await join4();
    await reached(node, 3);
    left = node.host.machine.lastHeight;
  }
  await reached(must(first), left + 6);
  await using node = await join4();
  assert.ok(node.host.machine.lastHeight < left + 6, "it has missed blocks");
  await reached(node, left + 12);
  const address = addressOfKey(identity.consensus.publicKey);
  const hasVoted = (height: number): boolean => {
    const commit = must(first).engine.blocks.loadCommit(height);
    return commit?.signatures.some((sig) => sig.validatorAddress === address) === true;
  };
  let height = left + 12;
  for (; !hasVoted(height - 2); height++) await reached(must(first), height + 1);
  const hashes = [must(first), node].map(({ engine }) => engine.blocks.loadMeta(left + 10)?.blockId.hash);
  assert.equal(hashes[0], hashes[1]);
});

test("a validator that votes twice loses stake and its place on all nodes", async () => {
  const names = ["a", "b", "c", "d"];
  const amount = 1000n;
  const slashing = new Map([[staking.slashReasons.consensusEquivocation, { amount, freezeInterval: 100n }]]);
  const document = testGenesis({ validators: names, epochInterval: BigInt(INTERVAL), staking: { slashing } });
  await using net = await startMemoryNodes(document, names);
  const [first, second] = net.nodes.map(({ engine }) => engine);
  await Promise.all(net.nodes.map((node) => reached(node, 3)));
  const { blockId, header } = must(must(second).blocks.loadMeta(2));
  const evidence = doubleVote({ blockId, header, validators: must(second).states.loadValidators(2) }, "d");
  must(second).evidence.add(evidence);

  await Promise.all(net.nodes.map((node) => reached(node, 3 * INTERVAL)));
  const heights = Array.from({ length: 2 * INTERVAL }, (_, i) => i + 1);
  const inBlocks = heights.flatMap((height) => must(must(first).blocks.loadBlock(height)).evidence);
  assert.deepEqual(inBlocks.map(evidenceHash), [evidenceHash(evidence)], "in one block, once");
  for (const node of net.nodes) {
    const escrow = (name: string): bigint =>
      stakingApp.stakingQueries.account(node.host.machine.stateAt(0), accountAddress(name)).escrow.active.balance;
    assert.equal(escrow("a") - escrow("d"), amount);
    assert.equal(node.engine.state.validators.size, 3, "frozen, and not elected again");
    assert.equal(node.engine.evidence.size, 0);
  }
});
