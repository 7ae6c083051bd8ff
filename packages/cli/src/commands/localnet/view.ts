// How a localnet is shown: lines, JSON lines, or a panel at the bottom of a terminal.
import { Status } from "@wadi/api";
import { encodeJson } from "@wadi/codec";
import { toHex } from "@wadi/util";

import type { Output } from "../../io.ts";
import type { BootTime } from "./boot-times.ts";
import type { DemoStep } from "./demo.ts";
import { outputText, transactionJson, type NetworkFacts, type RoundFacts } from "./facts.ts";

/** What does not change while the network runs. */
export interface StartFacts {
  readonly socket: string;
  /** Undefined where the network is forgotten at the end. */
  readonly dataDir: string | undefined;
  readonly runtimeId: string;
  readonly chainContext: string;
  /** From the start of the process. */
  readonly bootMs: number;
  /** What that time went to. */
  readonly boot: readonly BootTime[];
  readonly isConfined: boolean;
}

export interface View {
  /** Something is under way that takes a while. */
  progress(text: string): void;
  warning(text: string): void;
  started(start: StartFacts, now: NetworkFacts): void;
  demo(step: DemoStep): void;
  status(status: Status, socket: string): void;
  round(round: RoundFacts, now: NetworkFacts): void;
  /** A consensus block without a round of the ParaTime. */
  block(now: NetworkFacts): void;
  /** A line of the node's log. */
  log(line: string): void;
  stopping(): void;
  stopped(): void;
}

/** Views that a caller may choose from. */
export interface ViewOutputs {
  readonly stdout: Output;
  readonly stderr: Output;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

export class PlainView implements View {
  readonly #out: ViewOutputs;
  #epoch: bigint | undefined;
  /** What was said last of the ParaTime. */
  #host = "";

  constructor(out: ViewOutputs) {
    this.#out = out;
  }

  progress(text: string): void {
    this.#out.stderr.write(`${text}\n`);
  }

  warning(text: string): void {
    this.#out.stderr.write(`Warning: ${text}\n`);
  }

  started({ bootMs, dataDir, isConfined, runtimeId, socket }: StartFacts, now: NetworkFacts): void {
    this.line(`localnet is up after ${(bootMs / 1000).toFixed(2)} s: height ${now.height}, epoch ${now.epoch}`);
    this.line(`  ParaTime  ${runtimeId}, ${isConfined ? "in its sandbox" : "WITHOUT a sandbox"}`);
    this.line(`  socket    ${socket}`);
    this.line(`  data      ${dataDir ?? "forgotten at the end"}`);
    this.#epoch = now.epoch;
    this.#host = hostText(now);
  }

  demo({ args, method, ms, output, round, stateRoot, tags }: DemoStep): void {
    this.line(`\n> ${method} ${args}`);
    this.line(`  result      ${outputText(output)}`);
    if (tags.length > 0) this.line(`  tags        ${tags.join("  ")}`);
    this.line(`  round       ${round}, final after ${ms.toFixed(0)} ms`);
    this.line(`  state root  ${stateRoot}`);
  }

  status(status: Status, socket: string): void {
    this.line(`\n$ oasis-node control status -a unix:${socket}`);
    this.line(encodeJson(Status, status, { indent: 2 }));
  }

  round({ height, round, stateRoot, transactions }: RoundFacts, now: NetworkFacts): void {
    this.block(now);
    this.line(
      `round ${round} at height ${height}: ${plural(transactions.length, "transaction")}, state root ${stateRoot}`,
    );
    for (const { hash, output } of transactions) this.line(`  ${hash}: ${outputText(output)}`);
  }

  block(now: NetworkFacts): void {
    const { epoch, height } = now;
    const host = hostText(now);
    if (host !== this.#host) this.line(`ParaTime ${[now.host, ...now.trouble].join("; ")}`);
    this.#host = host;
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.line(`epoch ${epoch} began at height ${height}`);
  }

  log(line: string): void {
    this.#out.stderr.write(line);
  }

  stopping(): void {
    this.line("stopping");
  }

  stopped(): void {
    this.line("stopped");
  }

  protected line(text: string): void {
    this.#out.stdout.write(`${text}\n`);
  }
}

/** Of the ParaTime, without what counts on by itself. */
function hostText({ host, trouble }: NetworkFacts): string {
  return [host, ...trouble].join("; ").replaceAll(/\d+ (s|times)\b/g, "");
}

/** Objects with an `event`; numbers that may be large are text. */
export class JsonView implements View {
  readonly #out: ViewOutputs;
  #height = 0;

  constructor(out: ViewOutputs) {
    this.#out = out;
  }

  progress(text: string): void {
    this.#print("progress", { text });
  }

  warning(text: string): void {
    this.#print("warning", { text });
  }

  started(start: StartFacts, now: NetworkFacts): void {
    this.#height = now.height;
    const { boot, bootMs, chainContext, dataDir = null, isConfined, runtimeId, socket } = start;
    this.#print("started", {
      socket,
      data_dir: dataDir,
      runtime_id: runtimeId,
      chain_context: chainContext,
      sandboxed: isConfined,
      boot_ms: Math.round(bootMs),
      boot: boot.map(({ cpuMs, ms, step }) => ({ step, ms: Math.round(ms), cpu_ms: Math.round(cpuMs) })),
      ...nowJson(now),
    });
  }

  demo({ args, hash, method, ms, output, round, stateRoot, tags }: DemoStep): void {
    const result = { output: toHex(output), result: outputText(output), tags };
    const call = { method, args: JSON.parse(args) as unknown, hash };
    this.#print("demo", { ...call, ...result, round: Number(round), state_root: stateRoot, ms: Number(ms.toFixed(2)) });
  }

  status(status: Status): void {
    this.#print("status", { status: JSON.parse(encodeJson(Status, status)) as unknown });
  }

  round({ height, ioRoot, round, stateRoot, transactions }: RoundFacts): void {
    const roots = { state_root: stateRoot, io_root: ioRoot };
    this.#print("round", { round: Number(round), height, ...roots, transactions: transactions.map(transactionJson) });
  }

  block(now: NetworkFacts): void {
    if (now.height === this.#height) return;
    this.#height = now.height;
    this.#print("block", nowJson(now));
  }

  log(line: string): void {
    this.#out.stderr.write(line);
  }

  stopping(): void {
    this.#print("stopping", {});
  }

  stopped(): void {
    this.#print("stopped", {});
  }

  #print(event: string, facts: Readonly<Record<string, unknown>>): void {
    this.#out.stdout.write(`${JSON.stringify({ event, ...facts })}\n`);
  }
}

function nowJson({ epoch, height, host, round, trouble }: NetworkFacts): Readonly<Record<string, unknown>> {
  return { height, epoch: Number(epoch), round: Number(round), host, ...(trouble.length > 0 && { trouble }) };
}
