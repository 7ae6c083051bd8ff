// Decoder fuzzing from recorded and generated seeds: every refusal must be a typed error, no
// input may crash, hang or blow up memory.
//
//   npm run fuzz -- [--iterations N] [--seed S] [--target NAME-PREFIX]     (N: in all, default 2,000,000)
import { parseArgs } from "node:util";
import { fuzzAll } from "../packages/testing/src/fuzz/run.ts";

const { values } = parseArgs({
  options: {
    iterations: { type: "string", default: "2000000" },
    seed: { type: "string", default: "1" },
    target: { type: "string", default: "" },
  },
});
const iterations = Number(values.iterations);
const seed = Number(values.seed);
if (!Number.isSafeInteger(iterations) || iterations < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write("fuzz: --iterations and --seed take whole numbers\n");
  process.exit(1);
}
const summary = await fuzzAll({
  iterations,
  seed,
  prefix: values.target,
  progress: (line) => process.stdout.write(`${line}\n`),
});
process.stdout.write(
  `${summary.iterations} inputs, ${summary.accepted} accepted, ${summary.refused} refused, ${summary.failures.length} failures (seed ${seed})\n`,
);
for (const failure of summary.failures) process.stdout.write(`${failure}\n`);
process.exitCode = summary.failures.length === 0 ? 0 : 1;
