// The sample runtime as a bundle, built once for each state of the sources and kept unpacked: as the
// command line does it, which stands above this package, so another process is asked.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const builder = pathToFileURL(join(root, "packages", "cli", "src", "commands", "localnet", "sample-bundle.ts")).href;
const commands = join(root, "packages", "cli", "src", "bin.ts");
const program =
  "const { sampleBundle } = await import(process.argv[1]);" +
  "console.log(JSON.stringify(await sampleBundle(() => undefined)));";

export interface SampleBundle {
  readonly runtime: string;
  readonly bundlesFolder: string;
}

/** What a local network takes to run it. */
export function sampleBundle(): SampleBundle {
  const args = ["--conditions=wadi-source", "--disable-warning=ExperimentalWarning", "--input-type=module", "-e"];
  const { status, stderr, stdout } = spawnSync(process.execPath, [...args, program, builder], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the sample bundle could not be built: ${stderr}`);
  const { path, unpacked } = JSON.parse(stdout) as { readonly path: string; readonly unpacked: string };
  return { runtime: path, bundlesFolder: join(unpacked, "bundles") };
}

/** Builds a bundle of the sample's next version in `folder` and returns its path. */
export function buildNextVersion(folder: string): string {
  return buildBundle(folder, "keyvalue-next", join("runtimes", "keyvalue", "test", "next-version.ts"));
}

/** Builds a bundle of the kit's probe, which has a method that never ends, in `folder` and returns its path. */
export function buildProbe(folder: string): string {
  return buildBundle(folder, "probe", join("packages", "runtime-kit", "test", "probe-runtime.ts"));
}

/** Builds a bundle of the sample that misbehaves when it is told to, in `folder` and returns its path. */
export function buildHostile(folder: string): string {
  const build = pathToFileURL(join(root, "packages", "runtime-kit", "src", "build", "index.ts")).href;
  const script = `const { buildExecutable } = await import(${JSON.stringify(build)}); await buildExecutable(JSON.parse(process.argv[1]));`;
  const output = join(folder, "hostile");
  const options = {
    entry: join(root, "runtimes", "keyvalue", "src", "main.ts"),
    main: join(root, "packages", "runtime-kit", "test", "hostile-program.ts"),
    output,
  };
  run("hostile", ["--input-type=module", "-e", script, JSON.stringify(options)]);
  return createBundle(folder, "hostile", ["--elf", output, "--runtime-version", "0.0.0"]);
}

function buildBundle(folder: string, name: string, entry: string): string {
  return createBundle(folder, name, ["--entry", join(root, entry)]);
}

function createBundle(folder: string, name: string, content: readonly string[]): string {
  const bundle = join(folder, `${name}.orc`);
  const id = `80${"00".repeat(31)}`;
  run(name, [commands, "bundle", "create", ...content, "--id", id, "--name", name, "-o", bundle]);
  return bundle;
}

/** From the sources: what was built of them may be older. */
function run(name: string, argv: readonly string[]): void {
  const args = ["--conditions=wadi-source", "--disable-warning=ExperimentalWarning", ...argv];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${name} could not be built: ${stderr}`);
}
