#!/usr/bin/env node
// The process around `main`.
import { main } from "./main.ts";

// Whatever the program creates is for its owner only.
process.umask(0o077);

// A reader that goes away (`oasis-node ... | head`) ends the output, it is not a failure to report.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (e: NodeJS.ErrnoException) => {
    if (e.code === "EPIPE") process.exit();
    if (stream === process.stdout) process.stderr.write(`Error: the output cannot be written: ${e.message}\n`);
    process.exit(1);
  });
}

process.exitCode = await main(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr });
