// Loaded before the tests: the seed of all property tests, so that one commit has one verdict wherever it is checked.
// WADI_PROPERTY_SEED=<number> takes another seed, WADI_PROPERTY_SEED=random a new one; `npm run soak` runs many.
import fc from "fast-check";

const wanted = process.env["WADI_PROPERTY_SEED"] ?? "20261122";
const seed = wanted === "random" ? Math.floor(Math.random() * 0x7fffffff) : Number(wanted);
if (!Number.isSafeInteger(seed))
  throw new Error(`WADI_PROPERTY_SEED: ${wanted} is neither a whole number nor "random"`);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
