// `debug export-chain`: the blocks of a data directory in the form that `debug replay` reads. Works
// beside a running node too.
import { open } from "node:fs/promises";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { ChainReader, dataDirectory } from "@wadi/consensus";
import type { Run } from "../../command.ts";
import type { Io } from "../../io.ts";
import { CommandFailure, reporting } from "./failure.ts";
import { readDocument } from "./machine.ts";
import type { exportChainOptions } from "./options.ts";
import { Progress } from "./progress.ts";

export const exportChain: Run<typeof exportChainOptions> = (options, io) =>
  reporting(io, async () => {
    const { dataDir, genesisFile, output } = options;
    if (dataDir === "") throw new CommandFailure("--data-dir says whose blocks to write");
    const document = await readDocument(genesisFile, options);
    await using chain = new ChainReader(dataDirectory(dataDir));
    const { base, height } = chain.blocks;
    const progress = new Progress(io.stderr, base, height);
    let count = 0;
    function* lines(): Generator<string> {
      for (const line of chain.lines(document)) {
        progress.at(base + count++);
        yield `${line}\n`;
      }
    }
    await write(lines(), output, io);
    progress.done();
    if (output !== "") io.stdout.write(`${count} blocks from height ${base} on\n`);
    if (base > Number(document.height)) {
      io.stderr.write("the first blocks are pruned: the chain cannot be replayed from its genesis document\n");
    }
    return 0;
  });

async function write(lines: Iterable<string>, output: string, io: Io): Promise<void> {
  const source = Readable.from(lines);
  if (output === "") {
    const sink = new Writable({
      decodeStrings: false,
      write(line: string, _encoding, done) {
        io.stdout.write(line);
        done();
      },
    });
    return pipeline(source, sink);
  }
  await using file = await open(output, "w", 0o600);
  const sink = file.createWriteStream();
  await (output.endsWith(".gz") ? pipeline(source, createGzip(), sink) : pipeline(source, sink));
}
