// Makes a fresh clone ready: pnpm, the pinned Node, all packages, system packages that are
// missing, and the bundle behind bin/oasis-node. Runs on the Node that the system has (20 or
// newer) with no package installed, and takes well under a second when nothing is missing.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, ".tools");
const stampFile = join(tools, "setup-stamp");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const quiet = process.env["WADI_SETUP_QUIET"] === "1";

const say = (text) => {
  if (!quiet) process.stderr.write(`setup: ${text}\n`);
};

const fail = (text) => {
  process.stderr.write(`setup: ${text}\n`);
  process.exit(1);
};

/** Runs a program; its output is shown only if it fails. */
function run(what, file, args, options = {}) {
  const result = spawnSync(file, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  fail(
    `${what} failed (${result.error?.message ?? `exit code ${result.status}`}). See the lines above; run "npm run setup" again once mended.`,
  );
}

/** What an installation depends on: when none of it changed, nothing is to be installed. */
function installStamp() {
  const hash = createHash("sha256");
  const files = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "scripts/setup.mjs"];
  for (const folder of ["packages", "runtimes"])
    for (const name of readdirSync(join(root, folder)).sort()) files.push(`${folder}/${name}/package.json`);
  for (const file of files) {
    if (existsSync(join(root, file))) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

function pnpmBinary() {
  const direct = join(tools, "node_modules", "@pnpm", `exe.${process.platform}-${process.arch}`, "pnpm");
  return existsSync(direct) ? direct : join(tools, "node_modules", ".bin", "pnpm");
}

function installPackages() {
  const version = manifest.wadi.pnpm;
  const installed = join(tools, "node_modules", "pnpm", "package.json");
  if (!existsSync(installed) || JSON.parse(readFileSync(installed, "utf8")).version !== version) {
    say(`fetching pnpm ${version}`);
    mkdirSync(tools, { recursive: true });
    if (!existsSync(join(tools, "package.json"))) writeFileSync(join(tools, "package.json"), "{}\n");
    run("fetching pnpm", "npm", ["install", "--prefix", tools, "--no-audit", "--no-fund", `pnpm@${version}`], {
      shell: process.platform === "win32",
    });
  }
  say("installing packages and the pinned Node");
  run("pnpm install", pnpmBinary(), ["install", "--frozen-lockfile", "--prefer-offline"], {
    env: { ...process.env, CI: "true" },
  });
}

/** The Node that runs Wadi: the pinned one, else the system's where it is new enough. */
function findNode() {
  const pinned = join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  if (existsSync(pinned)) return pinned;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 24 || (major === 24 && minor >= 12)) return process.execPath;
  return fail(
    `no pinned Node for ${process.platform}-${process.arch} and the system's is ${process.version}; install Node 24.12 or newer (26 is what releases use) and run "npm run setup" again.`,
  );
}

/** The time of the newest file that goes into the bundle. */
function newestSource(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestSource(path));
    else if (entry.name.endsWith(".ts") && !/\.(test|bench)\.ts$/.test(entry.name))
      newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

function bundleIsFresh() {
  const entry = join(root, "dist", "oasis-node", "bin.js");
  if (!existsSync(entry)) return false;
  let newest = Math.max(statSync(join(root, "scripts", "bundle.ts")).mtimeMs, statSync(stampFile).mtimeMs);
  for (const name of readdirSync(join(root, "packages"))) {
    const src = join(root, "packages", name, "src");
    if (name !== "testing" && existsSync(src)) newest = Math.max(newest, newestSource(src));
  }
  return statSync(entry).mtimeMs >= newest;
}

/** Debian packages that the node needs at run time: program to package. */
const systemPrograms = { bwrap: "bubblewrap" };

function installSystemPrograms() {
  const missing = Object.entries(systemPrograms).filter(
    ([program]) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0,
  );
  if (missing.length === 0 || process.platform !== "linux") return;
  const names = missing.map(([, name]) => name);
  const byHand = `install ${names.join(", ")} with your package manager to host runtimes in their sandbox`;
  if (process.getuid?.() !== 0 || spawnSync("sh", ["-c", "command -v apt-get"]).status !== 0)
    return say(`warning: ${byHand}`);
  say(`installing ${names.join(", ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = () =>
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", ...names], { env, encoding: "utf8" });
  if (install().status === 0) return;
  spawnSync("apt-get", ["update"], { env });
  if (install().status !== 0) say(`warning: apt-get could not install them; ${byHand}`);
}

const stamp = installStamp();
const fresh =
  existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp && existsSync(join(root, "node_modules", ".bin"));
if (!fresh) {
  installPackages();
  installSystemPrograms();
  mkdirSync(tools, { recursive: true });
  writeFileSync(stampFile, stamp);
}
const node = findNode();
if (!bundleIsFresh()) {
  say("building the bundle of oasis-node");
  run("building the bundle", node, ["--conditions=wadi-source", join(root, "scripts", "bundle.ts")]);
}
