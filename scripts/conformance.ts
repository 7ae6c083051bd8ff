// The conformance ledger: one table of every vector file and recorded chain with its cases,
// how many passed, how many were left out and why. Fails if a case fails, if a file is neither
// covered by a suite nor listed in conformance/pending.json, if a listed file has a suite by
// now, or if checked-in data are not what they were when they came.
//
//   npm run conformance [-- [--json] [FILE-PREFIX...]]
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import {
  Recorder,
  type Suite,
  conformanceFolder,
  outsideChainsFolder,
  outsideFolder,
} from "../packages/testing/src/index.ts";
import { root, walk } from "./source-files.ts";

interface Row {
  readonly file: string;
  readonly status: "ok" | "failed" | "pending" | "absent" | "not covered" | "listed but covered";
  readonly passed: number;
  readonly failed: number;
  readonly leftOut: number;
  readonly why: string;
  readonly failures: readonly { readonly name: string; readonly reason: string }[];
}

async function loadSuites(): Promise<Map<string, Suite>> {
  const folder = join(root, "packages", "testing", "src", "suites");
  const suites = new Map<string, Suite>();
  for (const path of walk(folder, (p) => p.endsWith(".ts") && !p.endsWith(".test.ts"))) {
    const loaded = (await import(pathToFileURL(path).href)) as { suite?: Suite };
    if (loaded.suite === undefined) continue; // shared by suites
    if (suites.has(loaded.suite.file)) throw new Error(`two suites cover ${loaded.suite.file}`);
    suites.set(loaded.suite.file, loaded.suite);
  }
  return suites;
}

/** Names of all data files at hand: `common/addresses`, `chains/staking`. */
function dataFiles(): Set<string> {
  const names = new Set<string>();
  const addJson = (folder: string): void => {
    if (!existsSync(folder)) return;
    for (const path of walk(folder, (p) => /\.json(\.gz)?$/.test(p))) {
      const name = path.slice(folder.length + 1).replace(/\.json(\.gz)?$/, "");
      if (name.includes("/") && !name.startsWith("chains/")) names.add(name);
    }
  };
  addJson(conformanceFolder);
  addJson(outsideFolder);
  for (const folder of [join(conformanceFolder, "chains"), outsideChainsFolder]) {
    if (!existsSync(folder)) continue;
    for (const path of walk(folder, (p) => p.endsWith("chain.jsonl.gz"))) {
      names.add(`chains/${path.slice(folder.length + 1).replace("/chain.jsonl.gz", "")}`);
    }
  }
  return names;
}

/** Checked-in data that differ from the digest taken when they were copied. */
function alteredData(): string[] {
  const listing = join(conformanceFolder, "SHA256SUMS");
  if (!existsSync(listing)) return ["conformance/SHA256SUMS is missing"];
  const listed = new Map<string, string>();
  for (const line of readFileSync(listing, "utf8").split("\n")) {
    const [digest, name] = line.split("  ");
    if (digest !== undefined && name !== undefined) listed.set(name, digest);
  }
  const problems: string[] = [];
  for (const path of walk(conformanceFolder, (p) => p.endsWith(".gz"))) {
    const name = path.slice(conformanceFolder.length + 1).replace(/\.gz$/, "");
    const digest = createHash("sha256")
      .update(gunzipSync(readFileSync(path)))
      .digest("hex");
    if (listed.get(name) !== digest) problems.push(`conformance/${name} is not the data that SHA256SUMS lists`);
    listed.delete(name);
  }
  for (const name of listed.keys()) problems.push(`conformance/${name} is listed in SHA256SUMS but missing`);
  return problems;
}

async function runSuite(suite: Suite): Promise<Row> {
  const recorder = new Recorder();
  await recorder.guard(() => suite.run(recorder));
  const { passed, failed, leftOut } = recorder.report;
  let leftOutCount = 0;
  for (const count of leftOut.values()) leftOutCount += count;
  return {
    file: suite.file,
    status: failed.length > 0 || passed === 0 ? "failed" : "ok",
    passed,
    failed: failed.length,
    leftOut: leftOutCount,
    why: [...leftOut].map(([reason, count]) => `${count}: ${reason}`).join("; "),
    failures: passed === 0 && failed.length === 0 ? [{ name: suite.file, reason: "no case ran" }] : failed,
  };
}

const none = { passed: 0, failed: 0, leftOut: 0, failures: [] };

/** Runs the ledger over the files whose name starts with one of `prefixes` (all if none). */
export async function conformance(prefixes: readonly string[] = []): Promise<{ rows: Row[]; problems: string[] }> {
  const wanted = (name: string): boolean => prefixes.length === 0 || prefixes.some((p) => name.startsWith(p));
  const suites = await loadSuites();
  const pendingText = readFileSync(join(conformanceFolder, "pending.json"), "utf8");
  const pending = new Map(Object.entries((JSON.parse(pendingText) as { files: Record<string, string> }).files));
  const present = dataFiles();
  const rows: Row[] = [];
  for (const file of [...new Set([...present, ...suites.keys(), ...pending.keys()])].sort((a, b) => (a < b ? -1 : 1))) {
    if (!wanted(file)) continue;
    const suite = suites.get(file);
    const listed = pending.get(file);
    if (listed !== undefined && suite !== undefined && !suite.partial) {
      rows.push({ ...none, file, status: "listed but covered", why: "take it out of conformance/pending.json" });
    } else if (suite !== undefined && present.has(file)) {
      const row = await runSuite(suite);
      rows.push(listed === undefined ? row : { ...row, why: [row.why, `rest: ${listed}`].filter(Boolean).join("; ") });
    } else if (suite !== undefined) {
      rows.push({ ...none, file, status: "absent", why: "data not at hand (set WADI_VECTORS)" });
    } else if (listed !== undefined) {
      rows.push({ ...none, file, status: "pending", why: listed });
    } else {
      rows.push({ ...none, file, status: "not covered", why: "no suite, and not in conformance/pending.json" });
    }
  }
  return { rows, problems: alteredData() };
}

function printTable(rows: readonly Row[]): void {
  const width = Math.max(...rows.map((row) => row.file.length), 10);
  const line = (file: string, cases: string, passed: string, leftOut: string, why: string): string =>
    `${file.padEnd(width)} ${cases.padStart(7)} ${passed.padStart(7)} ${leftOut.padStart(8)}  ${why}`.trimEnd();
  process.stdout.write(`${line("file", "cases", "passed", "left out", "")}\n`);
  for (const row of rows) {
    const cases = row.passed + row.failed + row.leftOut;
    const label = row.status === "ok" ? "" : row.status.toUpperCase();
    const why = [label, row.why].filter((text) => text !== "").join(": ");
    process.stdout.write(`${line(row.file, String(cases), String(row.passed), String(row.leftOut), why)}\n`);
    for (const { name, reason } of row.failures.slice(0, 10))
      process.stdout.write(`    ${name}: ${reason.split("\n")[0]}\n`);
    if (row.failures.length > 10) process.stdout.write(`    ... and ${row.failures.length - 10} more\n`);
  }
  const count = (status: Row["status"]): number => rows.filter((row) => row.status === status).length;
  const passed = rows.reduce((sum, row) => sum + row.passed, 0);
  process.stdout.write(
    `${rows.length} files: ${count("ok")} agree (${passed} cases), ${count("failed")} fail, ${count("pending")} pending, ${count("absent")} absent\n`,
  );
}

if (import.meta.main) {
  const args = process.argv.slice(2);
  const prefixes = args.filter((arg) => !arg.startsWith("--"));
  const { rows, problems } = await conformance(prefixes);
  if (rows.length === 0) problems.push(`no data file starts with ${prefixes.join(" or ")}`);
  if (args.includes("--json")) process.stdout.write(`${JSON.stringify({ rows, problems }, null, 2)}\n`);
  else printTable(rows);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  const bad = rows.some((row) => ["failed", "not covered", "listed but covered"].includes(row.status));
  process.exitCode = bad || problems.length > 0 ? 1 : 0;
}
