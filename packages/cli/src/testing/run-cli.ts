import { StringOutput } from "../io.ts";
import { main } from "../main.ts";

export interface CliOutcome {
  /** The exit code. */
  readonly code: number;
  /** What went to standard output. */
  readonly out: string;
  /** What went to standard error. */
  readonly err: string;
}

/** Runs a command line of `oasis-node`, without the program's name, in this process. */
export async function runCli(...argv: readonly string[]): Promise<CliOutcome> {
  const [stdout, stderr] = [new StringOutput(), new StringOutput()];
  const code = await main(argv, { stdout, stderr });
  return { code, out: stdout.text, err: stderr.text };
}
