// `debug validator`: a validator on a data directory, without peers: a network of one. Ctrl-C ends
// it in order.
import { runValidator, type ValidatorEvents, type ValidatorNode } from "@wadi/consensus";
import type { Run } from "../../command.ts";
import { EndSignal } from "../../end-signal.ts";
import type { Io, Output } from "../../io.ts";
import { CommandFailure, reporting, wholeNumber } from "./failure.ts";
import { debugSwitches, quoteVerifier, readDocument } from "./machine.ts";
import type { validatorOptions } from "./options.ts";

const REPORT_INTERVAL_MS = 1000;

export const validator: Run<typeof validatorOptions> = (options, io) =>
  reporting(io, async () => {
    const { dataDir, genesisFile, haltHeight, keepVersions } = options;
    if (dataDir === "") throw new CommandFailure("--data-dir says where the validator works");
    const halt = wholeNumber("halt-height", haltHeight);
    const kept = wholeNumber("keep-versions", keepVersions);
    if (kept === 0) throw new CommandFailure("--keep-versions takes a number above 0");
    const document = await readDocument(genesisFile, options);
    const report = new Report(io.stdout);
    using signal = new EndSignal();
    await using node = await runValidator({
      document,
      dataDir,
      quotes: quoteVerifier(options),
      debug: debugSwitches(options),
      events: eventsFor(report, io),
      ...(halt === undefined ? {} : { halt: { height: halt } }),
      ...(kept === undefined ? {} : { prune: { kind: "keep", versions: BigInt(kept) } }),
    });
    return await untilEnd(node, signal.received, report);
  });

/** Waits for a signal or for the node to stop by itself; the exit code. */
async function untilEnd(node: ValidatorNode, signalled: Promise<NodeJS.Signals>, report: Report): Promise<number> {
  const reason = await Promise.race([signalled, node.stopped]);
  report.end();
  const last = `last block: height ${node.engine.blocks.height}`;
  if (typeof reason === "string") report.line(`stopped; ${last}`);
  else if (reason.error === undefined) report.line(`halted; ${last}`);
  else throw reason.error;
  return 0;
}

function eventsFor(report: Report, { stderr }: Io): ValidatorEvents {
  const warn = (text: string): void => stderr.write(`Warning: ${text}\n`);
  return {
    engine(notice) {
      if (notice.kind === "block") report.block(notice.applied.block.header.height, notice.applied.block.txs.length);
      else if (notice.kind === "log-repaired") warn("the end of the write-ahead log was damaged and is cut away");
      else if (notice.kind === "not-signed") warn(`not signed: ${notice.error.message}`);
    },
    proposalRejected: (height, reason) => warn(`proposal of height ${height} refused: ${String(reason)}`),
    upgrade: (notice, { handler }) => report.line(`upgrade ${handler}: ${notice}`),
    upkeepFailed: (what, error) => warn(`${what} failed: ${String(error)}`),
    vrfFailed: (error, epoch, willRetry) => {
      if (!willRetry) return;
      warn(`the VRF proof of epoch ${epoch} was not accepted yet: ${String(error)}`);
    },
  };
}

/** A line for the first block, then one a second at most; on a terminal always the same line. */
class Report {
  readonly #output: Output;
  #shown = -Infinity;
  #blocks = 0;
  #transactions = 0;
  #isOpen = false;

  constructor(output: Output) {
    this.#output = output;
  }

  block(height: number, transactions: number): void {
    this.#blocks++;
    this.#transactions += transactions;
    const seconds = (performance.now() - this.#shown) / 1000;
    if (seconds * 1000 < REPORT_INTERVAL_MS) return;
    const rate = seconds === Infinity ? "" : `, ${(this.#blocks / seconds).toFixed(1)} blocks/s`;
    const text = `height ${height}, ${this.#transactions} transactions${rate}`;
    this.#isOpen = this.#output.isTTY === true;
    this.#output.write(this.#isOpen ? `\r\x1b[K${text}` : `${text}\n`);
    this.#shown = performance.now();
    this.#blocks = this.#transactions = 0;
  }

  line(text: string): void {
    this.end();
    this.#output.write(`${text}\n`);
  }

  /** Ends a line that is being rewritten. */
  end(): void {
    if (this.#isOpen) this.#output.write("\n");
    this.#isOpen = false;
  }
}
