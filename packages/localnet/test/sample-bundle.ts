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
  const bundle = join(folder, "keyvalue-next.orc");
  const entry = join(root, "runtimes", "keyvalue", "test", "next-version.ts");
  const id = `80${"00".repeat(31)}`;
  const create = ["bundle", "create", "--entry", entry, "--id", id, "--name", "keyvalue", "-o", bundle];
  // From the sources: what was built of them may be older.
  const args = ["--conditions=wadi-source", "--disable-warning=ExperimentalWarning", commands, ...create];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`the next version could not be built: ${stderr}`);
  return bundle;
}
