// A program: loads and hashes the genesis document named on its command line and prints what that took.
import { readFileSync } from "node:fs";

import { genesisHash, parseGenesis } from "../src/genesis/genesis.ts";

const path = process.argv[2];
if (path === undefined) throw new Error("usage: large-genesis-load FILE");
const before = process.resourceUsage().maxRSS * 1024;
const start = performance.now();
const bytes = readFileSync(path);
const document = parseGenesis(bytes);
const loaded = performance.now();
const hash = genesisHash(document);
process.stdout.write(
  `${JSON.stringify({
    sizeBytes: bytes.length,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    baseBytes: before,
    accounts: document.staking.ledger.size,
    delegations: [...document.staking.delegations.values()].reduce((sum, from) => sum + from.size, 0),
    loadMs: Math.round(loaded - start),
    hashMs: Math.round(performance.now() - loaded),
    hash,
  })}\n`,
);
