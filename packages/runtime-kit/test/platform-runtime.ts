// Not a runtime: what the bundler must refuse.
export { readFileSync as runtime } from "node:fs";
