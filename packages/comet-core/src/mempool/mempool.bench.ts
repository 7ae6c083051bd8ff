// The mempool's own work: the application answers at once.
import { benchLine, measure } from "@wadi/testing";
import type { CheckTxResponse } from "../application.ts";
import { DEFAULT_MEMPOOL_CONFIG } from "./config.ts";
import { MempoolGossip } from "./gossip.ts";
import { Mempool } from "./mempool.ts";

const COUNT = 5000;
const TX_SIZE = 300;
const PEERS = 10;
const limits = { maxDataBytes: 1 << 30, maxGas: -1n };

/** Transactions of many priorities in no order. */
function transactions(first: number): Uint8Array[] {
  return Array.from({ length: COUNT }, (_, i) => {
    const tx = new Uint8Array(TX_SIZE);
    const view = new DataView(tx.buffer);
    view.setUint32(0, first + i);
    view.setUint32(4, Math.imul(first + i, 0x9e37_79b1) >>> 12);
    return tx;
  });
}

const rest = { code: 0, codespace: "", data: new Uint8Array(0), log: "", gasWanted: 1n, gasUsed: 0n, sender: "" };
const checkTx = (tx: Uint8Array): CheckTxResponse => ({
  ...rest,
  priority: new DataView(tx.buffer, tx.byteOffset).getUint32(4),
});

function run(print: boolean): void {
  const mempool = new Mempool({ checkTx }, DEFAULT_MEMPOOL_CONFIG, limits, 1);
  const gossip = new MempoolGossip(mempool);
  for (let peer = 0; peer < PEERS; peer++) gossip.addPeer(`${peer}`);
  const line = (name: string, ran: string, body: () => void): void => {
    const { seconds } = measure(body);
    if (print) benchLine({ name: `comet-core/mempool/${name}`, unit: "ms", value: seconds * 1000, ran });
  };
  const first = transactions(0);
  const second = transactions(COUNT);
  line("add-5000", `${COUNT} transactions of ${TX_SIZE} bytes into an empty pool`, () => {
    for (const tx of first) mempool.checkTx(tx, 0);
  });
  line("flood-5000", `${COUNT} more into the full pool: evicting or refused`, () => {
    for (const tx of second) mempool.checkTx(tx);
  });
  line("gossip-5000x10", `all transactions to ${PEERS} peers`, () => {
    for (let peer = 0; peer < PEERS; peer++) {
      for (let next = gossip.next(`${peer}`, 1); next; next = gossip.next(`${peer}`, 1)) gossip.sent(`${peer}`, next);
    }
  });
  line("block-1000", "reap 1000, update, check the other 4000 again", () => {
    const txs = mempool.reapCount(1000);
    mempool.update(
      2,
      txs.map((tx) => ({ tx, code: 0 })),
      limits,
    );
    mempool.recheck();
  });
}

run(false);
run(true);
