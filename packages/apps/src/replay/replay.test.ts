import assert from "node:assert/strict";
import { test } from "node:test";
import { transaction } from "@wadi/types";
import { isError, must } from "@wadi/util";

import { toAbciEvents, toAbciResult } from "../framework/block.ts";
import type { ExecutedBlock } from "../framework/executed-block.ts";
import { TestNetwork } from "../testing/network.ts";
import { explainBlock } from "./explain.ts";
import { ErrMalformedRecord, parseRecordedBlock, type ReplayBlock } from "./recorded-block.ts";
import { replayBlocks } from "./replay.ts";

const accounts = { alice: 1000n, bob: 1000n, validator: 1000n };
const { methods } = transaction;

/** Records blocks as a network makes them. */
function record(blocks: number): {
  readonly net: TestNetwork;
  readonly recorded: ReplayBlock[];
  readonly root: string;
} {
  const net = new TestNetwork({ accounts });
  const { appHash: root } = net.machine.initChain();
  const recorded: ReplayBlock[] = [];
  for (let i = 0; i < blocks; i++) {
    const to = net.address("bob");
    const txs = [
      net.transaction("alice", methods.stakingTransfer, { to, amount: 10n }, { fee: { amount: 3n, gas: 1000n } }),
      net.transaction("bob", methods.stakingBurn, { amount: 5000n }),
    ];
    const input = net.propose(txs);
    const executed = net.machine.execute(input);
    recorded.push({ input, expected: expectedOf(executed) });
    net.machine.commit();
  }
  return { net, recorded, root };
}

const expectedOf = (executed: ExecutedBlock): ReplayBlock["expected"] => ({
  stateRoot: executed.stateRoot,
  results: executed.transactions.map(toAbciResult),
  beginEvents: toAbciEvents(executed.beginEvents),
  endEvents: toAbciEvents(executed.endEvents),
  validatorUpdates: executed.validatorUpdates,
});

function fresh(): TestNetwork {
  return new TestNetwork({ accounts });
}

test("what was recorded replays, in pieces too", () => {
  const { recorded, root } = record(4);
  assert.deepEqual(replayBlocks(fresh().machine, recorded, { genesisRoot: root }), { blocks: 4, transactions: 12 });
  const { machine } = fresh();
  assert.equal(replayBlocks(machine, recorded, { stopAt: 2 }).blocks, 2);
  assert.equal(replayBlocks(machine, recorded).blocks, 2, "the first two are there already");
  assert.equal(machine.lastHeight, 4);
});

function changed(
  recorded: readonly ReplayBlock[],
  at: number,
  change: (block: ReplayBlock) => ReplayBlock,
): ReplayBlock[] {
  return recorded.map((block, i) => (i === at ? change(block) : block));
}

test("the first difference is told: genesis, result, event, root, metadata", () => {
  const { recorded, root } = record(3);
  const differs = (at: number, change: (block: ReplayBlock) => ReplayBlock): readonly unknown[] => {
    const { machine } = fresh();
    const { difference, blocks } = replayBlocks(machine, changed(recorded, at, change));
    assert.equal(machine.lastHeight, at, "the machine stays before the block");
    assert.equal(blocks, at);
    return [difference?.height, difference?.transaction, difference?.what];
  };
  const expected = (block: ReplayBlock, change: Partial<ReplayBlock["expected"]>): ReplayBlock => ({
    ...block,
    expected: { ...block.expected, ...change },
  });
  const results = (block: ReplayBlock, i: number, change: object): ReplayBlock =>
    expected(block, {
      results: block.expected.results?.map((one, j) => (i === j ? { ...one, ...change } : one)) ?? [],
    });
  const other = replayBlocks(fresh().machine, recorded, {
    genesisRoot: `${root.slice(0, -1)}0` === root ? "" : `${root.slice(0, -1)}0`,
  });
  assert.equal(other.difference?.what, "genesis state root");
  assert.deepEqual(
    differs(1, (block) => results(block, 1, { code: 0 })),
    [2, 1, "outcome"],
  );
  assert.deepEqual(
    differs(1, (block) => results(block, 0, { gasUsed: 5n })),
    [2, 0, "gas used"],
  );
  assert.deepEqual(
    differs(2, (block) => results(block, 0, { events: [] })),
    [3, 0, "events (1 of 0)"],
  );
  assert.deepEqual(
    differs(1, (block) => expected(block, { beginEvents: [] })),
    [2, undefined, "begin block events (1 of 0)"],
  );
  assert.deepEqual(
    differs(0, (block) => expected(block, { stateRoot: "00" })),
    [1, undefined, "state root"],
  );
  const [, second] = recorded;
  const swapped = (block: ReplayBlock): ReplayBlock => ({
    ...block,
    input: { ...block.input, txs: must(second).input.txs },
  });
  assert.deepEqual(differs(0, swapped), [1, 0, "outcome"]);
});

test("keys that differ are decoded", () => {
  const { recorded } = record(2);
  const wrong: ReplayBlock = {
    ...must(recorded[1]),
    expected: { ...must(recorded[1]).expected, stateRoot: "00", writes: [["57", "4105"]] },
  };
  const { difference } = replayBlocks(fresh().machine, [must(recorded[0]), wrong]);
  const fees = difference?.keys.find(({ name }) => name === "last block fees");
  assert.equal(fees?.application, "100_staking");
  assert.deepEqual([fees?.expected, fees?.actual], ['"5"', '"1"']);
  assert.ok((difference?.keys.length ?? 0) > 2, "accounts that the recording lacks");
});

test("a block that cannot be executed is a difference with its reason", () => {
  const { recorded } = record(1);
  const block = must(recorded[0]);
  const without = {
    input: { ...block.input, txs: block.input.txs.slice(0, 2), hash: "x" },
    expected: { stateRoot: block.expected.stateRoot },
  };
  const { difference } = replayBlocks(fresh().machine, [without]);
  assert.deepEqual([difference?.what, difference?.actual], ["execution", "missing required block metadata"]);
});

test("records that are broken are refused with the place", () => {
  for (const line of ["", "{", "null", "7", "{}", '{"block":7}', '{"block":"AAAA"}', '{"block":"no base64!"}']) {
    assert.throws(
      () => parseRecordedBlock(line),
      (e) => isError(e, ErrMalformedRecord),
      JSON.stringify(line),
    );
  }
});

test("an explanation names what happened, with reasons and decoded keys", () => {
  const { recorded } = record(1);
  const { machine } = fresh();
  machine.initChain();
  const explained = explainBlock(machine, must(recorded[0]).input);
  assert.equal(machine.lastHeight, 0, "nothing is committed");
  const [transfer, burn] = explained.transactions;
  assert.equal(transfer?.envelope?.method, "staking.Transfer");
  assert.deepEqual(transfer?.envelope?.fee, { amount: 3n, gas: 1000n });
  assert.match(transfer?.envelope?.body ?? "", /"amount":"10"/);
  assert.deepEqual(
    transfer?.changes.map(({ name }) => name),
    ["accounts", "accounts"],
  );
  assert.match(transfer?.changes[0]?.fields["owner"] ?? "", /^oasis1/);
  assert.deepEqual(
    transfer?.events.map(({ attributes }) => attributes[0]?.kind),
    ["transfer", "transfer"],
  );
  assert.equal(transfer?.refusal, undefined);
  assert.deepEqual([burn?.refusal?.module, burn?.refusal?.code], ["unknown", 1]);
  assert.match(burn?.refusal?.reason ?? "", /insufficient balance/);
  assert.deepEqual(burn?.refusal?.facts, { balance: "1010", amount: "5000" });
});
