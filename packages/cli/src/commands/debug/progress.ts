// A progress line on a terminal; nothing where the output is a file or a pipe.
import type { Output } from "../../io.ts";

const INTERVAL_MS = 200;

export class Progress {
  readonly #output: Output;
  readonly #first: number;
  readonly #last: number;
  readonly #start = performance.now();
  #shown = -Infinity;

  constructor(output: Output, first: number, last: number) {
    this.#output = output;
    this.#first = first;
    this.#last = last;
  }

  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Says that the block of this height is done. */
  at(height: number): void {
    if (this.#output.isTTY !== true || performance.now() - this.#shown < INTERVAL_MS) return;
    this.#shown = performance.now();
    const done = height - this.#first + 1;
    const rate = done / this.seconds;
    const left = Math.ceil((this.#last - height) / rate);
    this.#output.write(`\r\x1b[Kheight ${height} of ${this.#last}, ${rate.toFixed(0)} blocks/s, ${left} s left`);
  }

  /** Wipes the line. */
  done(): void {
    if (this.#shown !== -Infinity) this.#output.write("\r\x1b[K");
  }
}
