// The signal test with many signals:
//
//   node --conditions=wadi-source packages/localnet/test/signal-soak.ts [SIGNALS] [SEED]
import { killSoak } from "@wadi/consensus/testing";

import { signalNetwork, signalText } from "./signal-run.ts";

await killSoak({
  name: "network signals",
  kills: 30,
  run: async ({ folder, kills, seed }) => signalText(await signalNetwork({ folder, signals: kills, seed })),
});
