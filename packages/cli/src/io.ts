/** Where a command writes. Injected, so that commands run in tests without a process. */
export interface Output {
  write(text: string): void;
  /** True if a person may be looking: progress is shown there. */
  readonly isTTY?: boolean;
}

/** The outside of a command. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** Collects what is written. */
export class StringOutput implements Output {
  #text = "";

  get text(): string {
    return this.#text;
  }

  write(text: string): void {
    this.#text += text;
  }
}
