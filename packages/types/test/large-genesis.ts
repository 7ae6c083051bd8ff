// Runs the loading program on a document of a given size, in a process of its own so that its peak
// memory is that of loading alone.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { writeLargeGenesis } from "./large-genesis-document.ts";

const program = fileURLToPath(new URL("large-genesis-load.ts", import.meta.url));

/** What loading took. */
export interface Loading {
  readonly sizeBytes: number;
  /** Peak resident memory of the process. */
  readonly peakBytes: number;
  /** The same before the document was read: runtime and code. */
  readonly baseBytes: number;
  readonly accounts: number;
  readonly delegations: number;
  readonly loadMs: number;
  readonly hashMs: number;
}

export function loadLargeGenesis(size: number): { readonly accountsWritten: number; readonly loading: Loading } {
  const folder = mkdtempSync(join(tmpdir(), "large-genesis-"));
  try {
    const path = join(folder, "genesis.json");
    const accountsWritten = writeLargeGenesis(path, size);
    const output = execFileSync(process.execPath, ["--conditions=wadi-source", program, path], { encoding: "utf8" });
    return { accountsWritten, loading: JSON.parse(output) as Loading };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
