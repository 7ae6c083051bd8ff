// A panel at the bottom of a terminal that is drawn anew when something changed, a few times a
// second at most. What is said once stands above it.
import type { Status } from "@wadi/api";

import type { DemoStep } from "./demo.ts";
import { outputText, type NetworkFacts, type RoundFacts } from "./facts.ts";
import { PlainView, type StartFacts, type View, type ViewOutputs } from "./view.ts";

const REDRAW_MS = 250;
const TRANSACTIONS_SHOWN = 5;
const HASH_DIGITS = 16;
/** Where the terminal does not say how wide it is. */
const DEFAULT_COLUMNS = 80;

export class LiveView implements View {
  readonly #out: ViewOutputs;
  readonly #plain: PlainView;
  readonly #columns: () => number;
  readonly #recent: string[] = [];
  #start: StartFacts | undefined;
  #now: NetworkFacts | undefined;
  #count = 0;
  /** Lines of the panel on the screen. */
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: ViewOutputs, columns: () => number | undefined) {
    this.#out = out;
    this.#plain = new PlainView(out);
    // Some terminals say 0.
    this.#columns = () => columns() || DEFAULT_COLUMNS;
  }

  progress(text: string): void {
    this.#above(() => this.#plain.progress(text));
  }

  warning(text: string): void {
    this.#above(() => this.#plain.warning(text));
  }

  started(start: StartFacts, now: NetworkFacts): void {
    this.#start = start;
    this.#now = now;
    this.#above(() => this.#plain.started(start, now));
  }

  demo(step: DemoStep): void {
    this.#count++;
    this.#remember(step);
    this.#above(() => this.#plain.demo(step));
  }

  status(status: Status, socket: string): void {
    this.#above(() => this.#plain.status(status, socket));
  }

  round({ round, transactions }: RoundFacts, now: NetworkFacts): void {
    this.#count += transactions.length;
    for (const { hash, output } of transactions.slice(-TRANSACTIONS_SHOWN)) this.#remember({ round, hash, output });
    this.block(now);
  }

  block(now: NetworkFacts): void {
    this.#now = now;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#redraw();
    }, REDRAW_MS);
  }

  log(line: string): void {
    this.#above(() => this.#plain.log(line));
  }

  stopping(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#redraw();
    this.#drawn = 0;
    this.#plain.stopping();
  }

  stopped(): void {
    clearTimeout(this.#timer);
    this.#start = undefined;
    this.#plain.stopped();
  }

  #remember({ hash, output, round }: Pick<DemoStep, "hash" | "output" | "round">): void {
    this.#recent.push(`round ${round}  ${hash.slice(0, HASH_DIGITS)}…  ${outputText(output)}`);
    if (this.#recent.length > TRANSACTIONS_SHOWN) this.#recent.shift();
  }

  /** Writes something above the panel. */
  #above(write: () => void): void {
    this.#clear();
    write();
    this.#draw();
  }

  #redraw(): void {
    this.#clear();
    this.#draw();
  }

  #clear(): void {
    if (this.#drawn > 0) this.#out.stdout.write(`\x1b[${this.#drawn}F\x1b[J`);
    this.#drawn = 0;
  }

  #draw(): void {
    if (this.#start === undefined || this.#now === undefined) return;
    const { epoch, height, host, round, trouble } = this.#now;
    const lines = [
      "",
      `height ${height}   epoch ${epoch}   round ${round}   ParaTime ${host}   transactions ${this.#count}`,
      ...trouble.map((text) => `  ! ${text}`),
      ...this.#recent.map((line) => `  ${line}`),
      `socket ${this.#start.socket}   Ctrl-C stops`,
    ];
    // A line that wraps would be two to go back over.
    const width = Math.max(1, this.#columns() - 1);
    this.#out.stdout.write(lines.map((line) => `${Array.from(line).slice(0, width).join("")}\n`).join(""));
    this.#drawn = lines.length;
  }
}
