// The kill test of a whole network with many kills; it fails too when restarts are slow:
//
//   node --conditions=wadi-source packages/localnet/test/kill-soak.ts [KILLS] [SEED]
import { killSoak } from "@wadi/consensus/testing";

import { killNetwork } from "./kill-run.ts";
import { killText, requireQuickRestarts } from "./restart-times.ts";

await killSoak({
  name: "network kills",
  kills: 100,
  run: async (options) => {
    const summary = await killNetwork(options);
    const text = killText(summary);
    process.stderr.write(`${text}\n`);
    requireQuickRestarts(summary);
    return text;
  },
});
