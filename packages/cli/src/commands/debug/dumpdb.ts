// `debug dumpdb`: the genesis document of a kept state of a stopped node.
// Reference: oasis-core go/oasis-node/cmd/debug/dumpdb.
import { writeFile } from "node:fs/promises";
import { allApplications, beaconApp, dumpGenesis } from "@wadi/apps";
import { createQuoteVerifier } from "@wadi/tee";
import { genesis } from "@wadi/types";
import type { Run } from "../../command.ts";
import { CommandFailure, reporting, wholeNumber } from "./failure.ts";
import { openMachine, openState, readDocument } from "./machine.ts";
import type { dumpdbOptions } from "./options.ts";

export const dumpdb: Run<typeof dumpdbOptions> = (options, io) =>
  reporting(io, async () => {
    if (options.dataDir === "") throw new CommandFailure("--data-dir says where the state is");
    const document = await readDocument(options.genesisFile, options);
    await using database = openState(options.dataDir, true);
    const machine = openMachine(document, options, database);
    const version = wholeNumber("dump.version", options.version) ?? 0;
    const height = version === 0 ? machine.lastHeight : version;
    const dumped = dumpGenesis(machine.stateAt(height), {
      applications: allApplications({ quotes: createQuoteVerifier() }),
      timeSource: beaconApp.beaconTimeSource,
      document,
      height,
      time: { seconds: BigInt(Math.floor(Date.now() / 1000)), nanos: 0 },
    });
    const text = genesis.printGenesis(dumped);
    if (options.output === "") io.stdout.write(text);
    else await writeFile(options.output, text, { mode: 0o600 });
    return 0;
  });
