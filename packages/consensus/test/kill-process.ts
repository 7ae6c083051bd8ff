// A validator that is meant to be killed: makes blocks as fast as it can, with a transfer in most
// of them, and says what it has done.
//
//   node --conditions=wadi-source packages/consensus/test/kill-process.ts FOLDER
import { flushCompileCache } from "node:module";
import { encodeCbor } from "@wadi/codec";
import { staking, transaction } from "@wadi/types";
import { runValidator } from "../src/node/validator-node.ts";
import { testSwitches } from "../src/testing/memory-network.ts";
import { accountAddress, accountSigner } from "../src/testing/network-genesis.ts";
import { noQuotes } from "../src/testing/test-chain.ts";
import { killDocument } from "./kill-network.ts";

const [, , dataDir = ""] = process.argv;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const node = await runValidator({
  dataDir,
  document: killDocument(),
  quotes: noQuotes,
  debug: testSwitches,
  events: {
    engine: (notice) => {
      if (notice.kind === "block") say(`block ${notice.applied.block.header.height}`);
      if (notice.kind === "replayed" || notice.kind === "log-repaired") say(notice.kind);
    },
    proposalRejected: (height, reason) => say(`rejected ${height}: ${String(reason)}`),
  },
});
void node.stopped.then(({ error }) => {
  say(`stopped: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(1);
});
say(`ready ${node.host.machine.lastHeight}`);
// Else the next start compiles everything again: it is written at an exit, and there is none.
flushCompileCache();

const body = encodeCbor(staking.Transfer, { to: accountAddress("bob"), amount: 1n });
for (;;) await node.own.submit(accountSigner("alice"), { method: transaction.methods.stakingTransfer.name, body });
