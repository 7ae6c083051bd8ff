// The kill test with many kills:
//
//   node --conditions=wadi-source packages/consensus/test/kill-soak.ts [KILLS] [SEED]
import { killSoak } from "../src/testing/kill-soak.ts";
import { killText, killValidator } from "./kill-run.ts";

await killSoak({ name: "validator kills", kills: 200, run: async (options) => killText(await killValidator(options)) });
