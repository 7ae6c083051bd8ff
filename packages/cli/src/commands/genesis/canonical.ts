// Compares a file with the canonical form of the document in it while that form is being written,
// so that a document of any size needs no second copy in memory.
import type { StructuredPatch } from "diff";

/** Where a file stops being the canonical form. */
export interface Difference {
  /** 1-based. */
  readonly line: number;
  /** A unified diff, or undefined where the texts are too large or too different for one. */
  readonly unified: string | undefined;
  /** The line in the file and in the canonical form; the end of a text is undefined. */
  readonly actual: string | undefined;
  readonly canonical: string | undefined;
}

const NEWLINE = 0x0a;
const CONTEXT_LINES = 3;

export interface ComparisonLimits {
  /** How much of each text after the first difference is kept for a diff. */
  readonly tailBytes: number;
  /** How many line changes a diff may have. */
  readonly edits: number;
}

const DEFAULT_LIMITS: ComparisonLimits = { tailBytes: 8 << 20, edits: 4000 };
/** Of a line that is shown alone. */
const SHOWN_CHARACTERS = 200;

/** Give `write` to the encoder, then ask for the `difference`. */
export class CanonicalComparison {
  readonly #file: Uint8Array;
  readonly #limits: ComparisonLimits;
  /** Canonical bytes so far, all equal to the file's. */
  #equalBytes = 0;
  /** What the canonical form goes on with after the equal part, up to the limit. */
  readonly #rest: Uint8Array[] = [];
  #restBytes = 0;
  #isRestCut = false;

  constructor(file: Uint8Array, limits: ComparisonLimits = DEFAULT_LIMITS) {
    this.#file = file;
    this.#limits = limits;
  }

  /** Takes the next bytes of the canonical form; copies what it keeps. */
  readonly write = (chunk: Uint8Array): void => {
    if (this.#restBytes > 0) {
      this.#keep(chunk);
      return;
    }
    const there = this.#file.subarray(this.#equalBytes, this.#equalBytes + chunk.length);
    if (there.length === chunk.length && Buffer.compare(there, chunk) === 0) {
      this.#equalBytes += chunk.length;
      return;
    }
    let equal = 0;
    while (equal < there.length && there[equal] === chunk[equal]) equal++;
    this.#equalBytes += equal;
    this.#keep(chunk.subarray(equal));
  };

  #keep(chunk: Uint8Array): void {
    if (this.#isRestCut) return;
    const room = this.#limits.tailBytes - this.#restBytes;
    this.#isRestCut = chunk.length > room;
    this.#rest.push(chunk.slice(0, room));
    this.#restBytes += Math.min(chunk.length, room);
  }

  /** Undefined if the file is the canonical form. */
  async difference(): Promise<Difference | undefined> {
    const file = this.#file;
    if (this.#restBytes === 0 && this.#equalBytes === file.length) return undefined;

    const lineStart = this.#equalBytes === 0 ? 0 : file.lastIndexOf(NEWLINE, this.#equalBytes - 1) + 1;
    const contextStart = startOfLinesBefore(file, lineStart, CONTEXT_LINES);
    const line = 1 + countNewlines(file.subarray(0, lineStart));
    const rest = Buffer.concat(this.#rest);
    const actualTail = file.subarray(lineStart, lineStart + this.#limits.tailBytes + 1);
    const canonicalTail = Buffer.concat([file.subarray(lineStart, this.#equalBytes), rest]);
    const isWhole = !this.#isRestCut && actualTail.length <= this.#limits.tailBytes;
    return {
      line,
      actual: firstLine(actualTail),
      canonical: firstLine(canonicalTail),
      unified: isWhole
        ? await unifiedDiff(
            text(file.subarray(contextStart)),
            text(Buffer.concat([file.subarray(contextStart, lineStart), canonicalTail])),
            countNewlines(file.subarray(0, contextStart)),
            this.#limits.edits,
          )
        : undefined,
    };
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");

function firstLine(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  const end = bytes.indexOf(NEWLINE);
  const line = text(bytes.subarray(0, Math.min(end === -1 ? bytes.length : end, 4 * SHOWN_CHARACTERS)));
  return line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}...` : line;
}

function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** The start of the `count`th line before the one that starts at `lineStart`. */
function startOfLinesBefore(bytes: Uint8Array, lineStart: number, count: number): number {
  let start = lineStart;
  for (let i = 0; i < count && start > 0; i++) start = start < 2 ? 0 : bytes.lastIndexOf(NEWLINE, start - 2) + 1;
  return start;
}

async function unifiedDiff(
  actual: string,
  canonical: string,
  linesBefore: number,
  maxEdits: number,
): Promise<string | undefined> {
  const { structuredPatch } = await import("diff");
  const patch = structuredPatch("Actual", "Canonical", actual, canonical, undefined, undefined, {
    context: CONTEXT_LINES,
    maxEditLength: maxEdits,
  });
  return patch === undefined ? undefined : formatPatch(patch, linesBefore);
}

function formatPatch(patch: StructuredPatch, linesBefore: number): string {
  const lines = [`--- ${patch.oldFileName}`, `+++ ${patch.newFileName}`];
  for (const { oldStart, oldLines, newStart, newLines, lines: hunk } of patch.hunks) {
    const from = `${oldStart + linesBefore},${oldLines}`;
    const to = `${newStart + linesBefore},${newLines}`;
    lines.push(`@@ -${from} +${to} @@`, ...hunk);
  }
  return `${lines.join("\n")}\n`;
}
