// Blocks with the real applications: one validator on a disk and in memory, four in one process.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeCbor } from "@wadi/codec";
import { benchLine } from "@wadi/testing";
import { transaction, type staking } from "@wadi/types";

import { runValidator, type ValidatorNode } from "./node/validator-node.ts";
import { testIdentity } from "./testing/identity.ts";
import { memoryIdentity, reached, startMemoryNodes, testSwitches } from "./testing/memory-network.ts";
import { accountAddress, accountSigner, testGenesis } from "./testing/network-genesis.ts";
import { noQuotes } from "./testing/test-chain.ts";

const BLOCKS = 200;
const alice = accountSigner("alice");
const bob = accountAddress("bob");

const document = (validators: readonly string[]) =>
  testGenesis({
    validators,
    accounts: { alice: 1_000_000_000n },
    epochInterval: 600n,
    // No pause: what is measured is the work.
    consensus: { timeoutCommit: 0n, skipTimeoutCommit: true },
  });

function transfer(node: ValidatorNode, nonce: bigint): Uint8Array {
  const { methods, newTransaction, signTransaction, SignedTransaction, transactionContext } = transaction;
  const fee = { amount: 0n, gas: 10_000n };
  const tx = newTransaction(methods.stakingTransfer, { to: bob, amount: 1n } satisfies staking.Transfer, {
    nonce,
    fee,
  });
  return encodeCbor(SignedTransaction, signTransaction(tx, transactionContext(node.host.machine.chainContext), alice));
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Milliseconds of each of the next blocks, from one that is final to the next, with a transfer in every one. */
async function blockTimes(node: ValidatorNode, blocks: number): Promise<{ blocks: number[]; waits: number[] }> {
  await reached(node, 2);
  const times: number[] = [];
  const waits: number[] = [];
  let last = performance.now();
  const end = node.engine.subscribe((notice) => {
    if (notice.kind !== "block") return;
    const now = performance.now();
    if (notice.applied.block.txs.length === 2) times.push(now - last);
    last = now;
  });
  for (let nonce = 0n; nonce < blocks; nonce++) {
    const start = performance.now();
    await node.submit(transfer(node, nonce));
    waits.push(performance.now() - start);
  }
  end();
  return { blocks: times, waits };
}

async function single(where: "disk" | "memory"): Promise<void> {
  const dataDir = where === "disk" ? mkdtempSync(join(tmpdir(), "wadi-bench-")) : undefined;
  try {
    const identity = dataDir === undefined ? memoryIdentity("a") : testIdentity(dataDir, "a");
    const common = { document: document(["a"]), identity, quotes: noQuotes, debug: testSwitches };
    await using node = await runValidator({ ...common, ...(dataDir === undefined ? {} : { dataDir }) });
    const cpu = process.cpuUsage();
    const { blocks, waits } = await blockTimes(node, BLOCKS);
    const { system, user } = process.cpuUsage(cpu);
    const ran = `one validator, ${where}, ${BLOCKS} transfers one after the other`;
    benchLine({
      name: `consensus/one-tx-block/${where}`,
      unit: "ms",
      value: median(blocks),
      ran: `${ran}: median block`,
    });
    benchLine({
      name: `consensus/submit-to-final/${where}`,
      unit: "ms",
      value: median(waits),
      ran: `${ran}: median wait`,
    });
    const used = (user + system) / 1000 / BLOCKS;
    benchLine({ name: `consensus/one-tx-block/${where}/cpu`, unit: "ms", value: used, ran: `${ran}: CPU of a block` });
  } finally {
    if (dataDir !== undefined) rmSync(dataDir, { recursive: true, force: true });
  }
}

async function four(): Promise<void> {
  const names = ["a", "b", "c", "d"];
  await using net = await startMemoryNodes(document(names), names);
  const [node] = net.nodes;
  if (node === undefined) return;
  await reached(node, 50);
  const start = performance.now();
  const cpu = process.cpuUsage();
  await reached(node, 50 + BLOCKS);
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const ran = `four validators of one process over memory, ${BLOCKS} blocks`;
  benchLine({ name: "consensus/blocks/four-in-memory", unit: "ops/s", value: BLOCKS / seconds, ran });
  const perBlock = (used.user + used.system) / 1000 / BLOCKS;
  benchLine({
    name: "consensus/blocks/four-in-memory/cpu",
    unit: "ms",
    value: perBlock,
    ran: `${ran}: CPU of a block`,
  });
}

await single("memory");
await single("disk");
await four();
