// The project's own TypeScript files, package by package, with what each one imports.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** All files below `folder` whose name satisfies `wanted`, sorted. */
export function walk(folder: string, wanted: (path: string) => boolean): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "node_modules" || entry.name === "dist") continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...walk(path, wanted));
    else if (wanted(path)) found.push(path);
  }
  return found.sort();
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** `import type`: gone at run time. */
  readonly typeOnly: boolean;
}

/** Static and dynamic imports and re-exports of a file. */
export function importsOf(text: string): Import[] {
  const found: Import[] = [];
  const pattern =
    /^\s*(import|export)\s+(type\s)?[^"';]*?from\s+"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;
  const uncommented = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/[^\n]*/gm, (m) => m.replace(/[^\n]/g, " "));
  for (const match of uncommented.matchAll(pattern)) {
    const specifier = match[3] ?? match[4] ?? match[5] ?? "";
    found.push({
      specifier,
      line: uncommented.slice(0, match.index).split("\n").length,
      typeOnly: match[2] !== undefined,
    });
  }
  return found;
}

export interface SourceFile {
  readonly path: string;
  readonly package: string;
  /** The package's folder. */
  readonly folder: string;
  /** Path inside the package, for instance `src/tree.ts`. */
  readonly inside: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** Tests, benchmarks and everything under test/: may import development packages. */
  readonly development: boolean;
}

/** Where packages live: libraries and programs, and runtimes written with the kit. */
const WORKSPACE_FOLDERS = ["packages", "runtimes"] as const;

export interface WorkspacePackage {
  /** Its name on the registry without the scope. */
  readonly name: string;
  readonly folder: string;
}

/** All packages of the workspace, sorted by name. */
export function workspacePackages(): WorkspacePackage[] {
  return WORKSPACE_FOLDERS.map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((parent) => readdirSync(parent, { withFileTypes: true }).map((entry) => join(parent, entry.name)))
    .filter((folder) => existsSync(join(folder, "package.json")))
    .map((folder) => {
      const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name: string };
      return { name: name.slice(name.indexOf("/") + 1), folder };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function sourceFiles(): SourceFile[] {
  const files: SourceFile[] = [];
  for (const { name, folder } of workspacePackages()) {
    for (const path of walk(folder, (p) => p.endsWith(".ts"))) {
      const inside = path
        .slice(folder.length + 1)
        .split("\\")
        .join("/");
      const text = readFileSync(path, "utf8");
      const development = name === "testing" || /^test\/|\/testing\/|\.(test|bench)\.ts$/.test(inside);
      files.push({ path, package: name, folder, inside, text, imports: importsOf(text), development });
    }
  }
  return files;
}

/** The tests of one part of every package: `src` (unit tests, the scripts' included) or `test` (real processes). */
export function testFiles(part: "src" | "test"): string[] {
  const folders = workspacePackages().map(({ folder }) => join(folder, part));
  if (part === "src") folders.push(join(root, "scripts"));
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => walk(folder, (p) => p.endsWith(".test.ts")));
}

/** The file that a relative import means. */
export function resolveRelative(from: string, specifier: string): string {
  return resolve(dirname(from), specifier);
}
