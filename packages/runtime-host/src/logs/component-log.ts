// A component's own log file: JSON lines, begun anew when the node starts and when it is full.
// Reference: go/runtime/log/log.go.
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";

import { BundleError } from "../bundle/errors.ts";

const DEFAULT_MAX_LOG_BYTES = 1 << 20;

export class ComponentLog implements Disposable {
  readonly path: string;
  readonly #maxBytes: number;
  #fd: number | undefined;
  #sizeBytes = 0;

  /** Makes or empties the file. Throws what the file system throws. */
  constructor(path: string, maxBytes: number = DEFAULT_MAX_LOG_BYTES) {
    this.path = path;
    this.#maxBytes = maxBytes;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#fd = openSync(path, "w", 0o644);
  }

  /** Appends a line. Throws a BundleError for one that no file can hold, and what the file system throws. */
  write(line: string): void {
    if (this.#fd === undefined) return;
    const bytes = Buffer.from(`${line}\n`);
    if (bytes.length > this.#maxBytes) throw new BundleError("tooLarge", "buffer exceeds maximum log file size");
    if (this.#sizeBytes + bytes.length >= this.#maxBytes) this.#fd = this.#begin(this.#fd);
    writeSync(this.#fd, bytes);
    this.#sizeBytes += bytes.length;
  }

  /** The lines after a time, in seconds since 1970. */
  async read(sinceSeconds = 0): Promise<readonly string[]> {
    const text = await readFile(this.path, "utf8");
    const lines = text.split("\n").slice(0, -1);
    return lines.filter((line) => timeOf(line) > sinceSeconds * 1000);
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** A new file: whoever reads the old one can finish. */
  #begin(fd: number): number {
    closeSync(fd);
    rmSync(this.path, { force: true });
    this.#sizeBytes = 0;
    return openSync(this.path, "w", 0o644);
  }
}

/** Milliseconds since 1970 of a line's `ts`. A line without counts as older than all that is asked for. */
function timeOf(line: string): number {
  try {
    const { ts } = JSON.parse(line) as { ts?: unknown };
    const time = typeof ts === "string" ? Date.parse(ts) : Number.NaN;
    return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time;
  } catch {
    return Number.NEGATIVE_INFINITY;
  }
}
