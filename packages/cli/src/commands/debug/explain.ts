// `debug explain`: what a block or one of its transactions did.
import {
  explainBlock,
  replayBlocks,
  type ExplainedBlock,
  type ExplainedStep,
  type ExplainedTransaction,
  type StateMachine,
} from "@wadi/apps";
import type { Run } from "../../command.ts";
import { CommandFailure, reporting, wholeNumber } from "./failure.ts";
import { openMachine, readDocument } from "./machine.ts";
import type { explainOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { recordedBlocks } from "./recorded-chain.ts";

export const explain: Run<typeof explainOptions> = (options, io) =>
  reporting(io, async () => {
    const height = wholeNumber("height", options.height);
    if (height === undefined) throw new CommandFailure("--height says which block to explain");
    const index = wholeNumber("tx", options.transaction);
    const machine = openMachine(await readDocument(options.genesisFile, options), options);
    const progress = new Progress(io.stderr, machine.initialHeight, height);
    const block = await explainAt(machine, options.chainFile, height, progress);
    progress.done();
    const chosen = index === undefined ? undefined : block.transactions[index];
    if (index !== undefined && chosen === undefined) {
      throw new CommandFailure(`block ${height} has ${block.transactions.length} transactions, counted from 0`);
    }
    if (options.json) io.stdout.write(`${JSON.stringify(chosen ?? block, bigintsAsText, 2)}\n`);
    else io.stdout.write(`${(chosen === undefined ? blockLines(block) : transactionLines(chosen)).join("\n")}\n`);
    return 0;
  });

/** Brings the machine to the block and explains it. */
async function explainAt(
  machine: StateMachine,
  file: string,
  height: number,
  progress: Progress,
): Promise<ExplainedBlock> {
  for await (const block of recordedBlocks(file)) {
    if (block.input.height === height) {
      if (machine.lastHeight === 0) machine.initChain();
      return explainBlock(machine, block.input);
    }
    const { difference } = replayBlocks(machine, [block]);
    if (difference !== undefined) {
      throw new CommandFailure(
        `height ${difference.height} already differs from the recording (${difference.what}); see debug replay`,
      );
    }
    progress.at(block.input.height);
  }
  throw new CommandFailure(`${file} does not hold height ${height}`);
}

const bigintsAsText = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);

function blockLines(block: ExplainedBlock): string[] {
  const updates = block.validatorUpdates.map(({ publicKey, power }) => `  validator ${publicKey} power ${power}`);
  return [
    `block ${block.height}`,
    ...section("begin", stepLines(block.begin)),
    ...block.transactions.flatMap(transactionLines),
    ...section("end", stepLines(block.end)),
    ...section("validator updates", updates),
    `state root ${block.stateRoot}`,
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

function transactionLines(tx: ExplainedTransaction): string[] {
  const { envelope, refusal } = tx;
  const facts = Object.entries(refusal?.facts ?? {}).map(([name, value]) => `    ${name}: ${value}`);
  return [
    `transaction ${String(tx.step)} ${tx.hash}`,
    ...(envelope === undefined
      ? ["  does not decode"]
      : [
          `  ${envelope.method} by ${envelope.account} nonce ${envelope.nonce}`,
          `  fee ${envelope.fee?.amount ?? 0n} for ${envelope.fee?.gas ?? 0n} gas, used ${tx.gasUsed}`,
          ...(envelope.body === undefined ? [] : [`  body ${envelope.body}`]),
        ]),
    ...(refusal === undefined ? [] : [`  refused: ${refusal.reason} (${refusal.module}, ${refusal.code})`, ...facts]),
    ...stepLines(tx),
  ];
}

function stepLines({ gas, events, changes }: ExplainedStep): string[] {
  return [
    ...gas.map(({ operation, amount }) => `  gas ${operation} ${amount}`),
    ...events.flatMap(({ application, attributes }) =>
      attributes.map(({ kind, value }) => `  event ${application} ${kind} ${value}`),
    ),
    ...changes.flatMap(({ application, name, fields, before, after }) => [
      `  state ${application} ${name}${Object.entries(fields)
        .map(([field, value]) => ` ${field}=${value}`)
        .join("")}`,
      `    before: ${before ?? "(not there)"}`,
      `    after:  ${after ?? "(removed)"}`,
    ]),
  ];
}
