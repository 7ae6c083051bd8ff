// A long test: a genesis document of 200 MB must load with a peak of resident memory, the runtime's
// own included, below four times its size.
import assert from "node:assert/strict";

import { loadLargeGenesis } from "./large-genesis.ts";

const { accountsWritten, loading } = loadLargeGenesis(200_000_000);
process.stdout.write(`${JSON.stringify({ ...loading, ratio: loading.peakBytes / loading.sizeBytes })}\n`);
assert.equal(loading.accounts, accountsWritten);
assert.ok(loading.peakBytes < 4 * loading.sizeBytes);
