// The few file operations of this folder. Synchronous: keys are read once, before a node starts.
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";

/** True for the error of a file that is not there. */
export function isNotFound(e: unknown): boolean {
  return e instanceof Error && "code" in e && e.code === "ENOENT";
}

/** Creates a file that must not exist yet, durably. */
export function createFile(path: string, text: string, mode: number): void {
  writeDurably(path, text, mode, "wx");
}

/** Replaces or creates a file so that a crash leaves the old content or the new, never a part. */
export function replaceFile(path: string, text: string, mode: number): void {
  const temporary = `${path}.tmp`;
  writeDurably(temporary, text, mode, "w");
  renameSync(temporary, path);
}

function writeDurably(path: string, text: string, mode: number, flag: "wx" | "w"): void {
  const file = openSync(path, flag, mode);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
