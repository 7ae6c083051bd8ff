// The sample runtime as a bundle, built by the command that developers use.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Builds the bundle in `folder` and returns its path. */
export function buildSampleBundle(folder: string): string {
  const bundle = join(folder, "keyvalue.orc");
  const entry = join(root, "runtimes", "keyvalue", "src", "main.ts");
  const id = `80${"00".repeat(31)}`;
  const args = ["bundle", "create", "--entry", entry, "--id", id, "--name", "keyvalue", "-o", bundle];
  const { status, stderr } = spawnSync(join(root, "bin", "oasis-node"), args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`the sample bundle could not be built: ${stderr}`);
  return bundle;
}
