// Copies outside data that may be copied into conformance/, compressed, with the digest of the
// unpacked bytes in SHA256SUMS. Values are never touched. Run by hand when new data come:
//
//   node --conditions=wadi-source scripts/import-vectors.ts [--dry-run]
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { conformanceFolder, outsideChainsFolder, outsideFolder } from "../packages/testing/src/index.ts";
import { walk } from "./source-files.ts";

/** Data taken from the test files of other projects: read in place, never copied. */
const notToBeCopied = [
  /^mkvs\/reference-/,
  /^mkvs\/(checkpoint-regression|consensus-mock)$/,
  /^cometbft\/(mainnet_25300000|p2p_messages|proposer_priority)$/,
  /^common\/(cross_language|deoxysii|ed25519_speccheck|known_answers)$/,
  /^apps\/(economy-commission-schedule|runtime-state-interop)$/,
  /^runtime\/(pcs-quotes|sigstruct|bundle-registry|messages|misc)$/,
  /^p2p\/config_modes$/,
  /^paratime\/(precompiles|modules|misc)$/,
];

const dryRun = process.argv.includes("--dry-run");
/** Files that tests read although no suite covers them yet. */
const readByTests = new Set(["node/node_command_outputs"]);
/** Folders whose data the tests use by now. */
const folders = ["common", "mkvs", "cometbft", "apps", "runtime", "node", "p2p"];

const pending = JSON.parse(readFileSync(join(conformanceFolder, "pending.json"), "utf8")) as {
  files: Record<string, string>;
};
const sums: string[] = [];

function take(name: string, content: Uint8Array): void {
  sums.push(`${createHash("sha256").update(content).digest("hex")}  ${name}`);
  const target = join(conformanceFolder, `${name}.gz`);
  process.stdout.write(`${name}\n`);
  if (dryRun || (existsSync(target) && gunzipSync(readFileSync(target)).equals(content))) return;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, gzipSync(content, { level: 9 }));
}

for (const folder of folders) {
  for (const path of walk(join(outsideFolder, folder), (p) => p.endsWith(".json"))) {
    const name = path.slice(outsideFolder.length + 1).replace(/\.json$/, "");
    if (notToBeCopied.some((pattern) => pattern.test(name)) || (name in pending.files && !readByTests.has(name)))
      continue;
    take(`${name}.json`, readFileSync(path));
  }
}
for (const path of walk(outsideChainsFolder, (p) => /(genesis\.json|chain\.jsonl\.gz)$/.test(p))) {
  const name = `chains/${path.slice(outsideChainsFolder.length + 1).replace(/\.gz$/, "")}`;
  take(name, path.endsWith(".gz") ? gunzipSync(readFileSync(path)) : readFileSync(path));
}
sums.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1));
if (!dryRun) writeFileSync(join(conformanceFolder, "SHA256SUMS"), `${sums.join("\n")}\n`);
