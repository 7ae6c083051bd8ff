// `debug replay`: executes a recorded chain and compares roots, results and events of every block.
import { replayBlocks, type Difference, type StateMachine } from "@wadi/apps";
import type { Run } from "../../command.ts";
import type { Io } from "../../io.ts";
import { CommandFailure, reporting, wholeNumber } from "./failure.ts";
import { openMachine, openState, readDocument } from "./machine.ts";
import type { replayOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { recordedBlocks, surveyChain } from "./recorded-chain.ts";

interface Outcome {
  blocks: number;
  transactions: number;
  difference: Difference | undefined;
}

export const replay: Run<typeof replayOptions> = (options, io) =>
  reporting(io, async () => {
    const stopAt = wholeNumber("stop-at", options.stopAt) ?? Infinity;
    const document = await readDocument(options.genesisFile, options);
    const { first, last } = await surveyChain(options.chainFile);
    await using database = options.dataDir === "" ? undefined : openState(options.dataDir, false);
    const machine = openMachine(document, options, database);
    if (first > Math.max(machine.lastHeight + 1, machine.initialHeight)) {
      throw new CommandFailure(`the chain starts at height ${first}, but height ${machine.lastHeight + 1} comes next`);
    }
    const progress = new Progress(io.stderr, Math.max(first, machine.lastHeight + 1), Math.min(last, stopAt));
    const outcome = await replayFile(machine, options.chainFile, stopAt, progress);
    progress.done();
    await database?.sync();
    print(outcome, machine, progress.seconds, options.json, io);
    return outcome.difference === undefined ? 0 : 1;
  });

async function replayFile(machine: StateMachine, file: string, stopAt: number, progress: Progress): Promise<Outcome> {
  const outcome: Outcome = { blocks: 0, transactions: 0, difference: undefined };
  for await (const block of recordedBlocks(file)) {
    if (block.input.height > stopAt) break;
    const { blocks, transactions, difference } = replayBlocks(machine, [block]);
    outcome.blocks += blocks;
    outcome.transactions += transactions;
    outcome.difference = difference;
    if (difference !== undefined) break;
    progress.at(block.input.height);
  }
  return outcome;
}

function print(
  { blocks, transactions, difference }: Outcome,
  machine: StateMachine,
  seconds: number,
  json: boolean,
  io: Io,
): void {
  if (json) {
    const { lastHeight: height, lastRoot: stateRoot } = machine;
    io.stdout.write(
      `${JSON.stringify({ agrees: difference === undefined, blocks, transactions, height, stateRoot, seconds, difference })}\n`,
    );
    return;
  }
  if (difference !== undefined) io.stdout.write(differenceText(difference));
  const rate = `${(blocks / seconds).toFixed(0)} blocks/s, ${(transactions / seconds).toFixed(0)} transactions/s`;
  io.stdout.write(`${blocks} blocks with ${transactions} transactions agree (${rate})\n`);
  if (machine.lastRoot !== undefined)
    io.stdout.write(`state root at height ${machine.lastHeight}: ${machine.lastRoot}\n`);
}

function differenceText({ height, transaction, what, expected, actual, keys }: Difference): string {
  const place = transaction === undefined ? `height ${height}` : `height ${height}, transaction ${transaction}`;
  const fields = (of: Readonly<Record<string, string>>): string =>
    Object.entries(of)
      .map(([name, value]) => ` ${name}=${value}`)
      .join("");
  return [
    `${place}: ${what} differs`,
    `  expected: ${expected}`,
    `  actual:   ${actual}`,
    ...keys.flatMap((key) => [
      `${key.application} ${key.name}${fields(key.fields)}`,
      `  expected: ${key.expected ?? "(not there)"}`,
      `  actual:   ${key.actual ?? "(not there)"}`,
    ]),
    "",
  ].join("\n");
}
