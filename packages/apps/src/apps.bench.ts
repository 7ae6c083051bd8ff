// Replay of a recorded chain and of a made one: 100 validators, 200 transfers a block, in memory and
// into a node database on disk. The first argument is the number of blocks of the made chain (default
// 200; the figures to quote are those of 1000), the second, `memory` or `database`, runs that part
// alone. Memory is that of the process, which also makes the chain.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openNodeDb, ZERO_NAMESPACE } from "@wadi/mkvs";
import { benchLine, chainBytes, measure } from "@wadi/testing";
import { genesis, transaction } from "@wadi/types";

import { networkStateMachine, networkVerifier } from "./applications.ts";
import { DatabaseStateStore, MemoryStateStore, type StateStore } from "./framework/state-store.ts";
import { TestNetwork, type TestNetworkOptions } from "./testing/network.ts";
import { parseRecordedBlock, type ReplayBlock } from "./replay/recorded-block.ts";
import { replayBlocks } from "./replay/replay.ts";

const blocks = Number(process.argv[2] ?? 200);
const VALIDATORS = 100;
const ACCOUNTS = 1000;
const TRANSFERS = 200;
/** Not counted: until the code is compiled. */
const QUICK_BLOCKS = Math.min(20, blocks >> 1);
const SAMPLE_BLOCKS = Math.max(1, Math.floor(blocks / 20));

function recorded(): void {
  const bytes = chainBytes("workload/chain.jsonl");
  const json = chainBytes("workload/genesis.json");
  if (bytes === undefined || json === undefined) return;
  const document = genesis.parseGenesis(json);
  const lines = Buffer.from(bytes)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
  const chain = lines.map(parseRecordedBlock);
  const machine = networkStateMachine({
    document,
    quotes: {
      verifyQuote: () => {
        throw new RangeError("no quote expected");
      },
    },
    store: new MemoryStateStore(),
    verifier: networkVerifier(document, { allowTestKeys: true }),
    debug: { dontBlameOasis: true, skipQuoteVerification: true, allowDebugEnclaves: true },
  });
  const { result, cpuSeconds } = measure(() => replayBlocks(machine, chain));
  if (result.difference !== undefined) throw new Error(JSON.stringify(result.difference));
  benchLine({
    name: "replay/workload/blocks",
    unit: "ops/s",
    value: result.blocks / cpuSeconds,
    ran: `${result.blocks} blocks`,
  });
  benchLine({
    name: "replay/workload/transactions",
    unit: "ops/s",
    value: result.transactions / cpuSeconds,
    ran: `${result.transactions} transactions`,
  });
}

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix} ${i}`);

function synthetic(store: StateStore): TestNetwork {
  const options: TestNetworkOptions = {
    accounts: Object.fromEntries(names("account", ACCOUNTS).map((name) => [name, 1_000_000n])),
    validators: names("validator", VALIDATORS),
    stake: 1_000_000n,
    epochInterval: 100n,
    commonPool: 10n ** 12n,
    consensus: { gasCosts: new Map([["tx_byte", 1n]]) },
    machine: { store, debug: { dontBlameOasis: true, skipQuoteVerification: false, allowDebugEnclaves: false } },
  };
  return new TestNetwork(options);
}

/** Blocks as other nodes made them: nothing of their signatures is known to the machine under test. */
function* made(count: number): Generator<ReplayBlock> {
  const net = synthetic(new MemoryStateStore());
  net.machine.initChain();
  const fee = { amount: 10n, gas: 1000n };
  for (let height = 1; height <= count; height++) {
    const txs = Array.from({ length: TRANSFERS }, (_, i) => {
      const from = (height * 7919 + i * 31) % ACCOUNTS;
      const body = { to: net.address(`account ${(from * 17 + i) % ACCOUNTS}`), amount: 1n };
      return net.transaction(`account ${from}`, transaction.methods.stakingTransfer, body, { fee });
    });
    const input = net.propose(txs);
    const { stateRoot } = net.machine.execute(input);
    net.machine.commit();
    yield { input, expected: { stateRoot } };
  }
}

function transfers(name: string, store: StateStore): void {
  const { machine } = synthetic(store);
  machine.initChain();
  let cpuSeconds = 0;
  let count = 0;
  const memory: number[] = [];
  for (const block of made(blocks)) {
    const measured = measure(() => replayBlocks(machine, [block]));
    const { difference } = measured.result;
    if (difference !== undefined) throw new Error(JSON.stringify(difference));
    if (count++ >= QUICK_BLOCKS) cpuSeconds += measured.cpuSeconds;
    if (count % SAMPLE_BLOCKS === 0) memory.push(Math.round(process.memoryUsage().rss / 1e6));
  }
  const ran = `${blocks} blocks of ${TRANSFERS} transfers, ${VALIDATORS} validators`;
  const counted = (blocks - QUICK_BLOCKS) * TRANSFERS;
  benchLine({ name: `${name}/transfers`, unit: "ops/s", value: counted / cpuSeconds, ran });
  benchLine({ name: `${name}/blocks`, unit: "ops/s", value: (blocks - QUICK_BLOCKS) / cpuSeconds, ran });
  const every = `every ${SAMPLE_BLOCKS} blocks: ${memory.join(" ")}`;
  benchLine({ name: `${name}/memory`, unit: "MB", value: memory.at(-1) ?? 0, ran: every });
  const half = memory.slice(memory.length >> 1);
  const growth = (half.at(-1) ?? 0) - (half[0] ?? 0);
  benchLine({
    name: `${name}/memory-growth`,
    unit: "MB",
    value: growth,
    ran: `over the last half of ${blocks} blocks`,
  });
}

const only = process.argv[3];
if (only === undefined) recorded();
if (only !== "database") transfers("replay/synthetic", new MemoryStateStore());
if (only !== "memory") {
  const path = mkdtempSync(join(tmpdir(), "wadi-apps-bench-"));
  try {
    await using database = openNodeDb({ path, namespace: ZERO_NAMESPACE, discardWriteLogs: true });
    transfers("replay/synthetic/database", new DatabaseStateStore(database));
  } finally {
    rmSync(path, { recursive: true });
  }
}
