// The rank check of packages/ranks.json: no upward edge, no undeclared import, no dependency that
// nothing names, no import cycle between files, no index imported inside its own package. (That pure packages touch no clock,
// timer, random source, file or network is a lint rule: .oxlintrc.json.)
import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { resolveRelative, root, type SourceFile, sourceFiles, workspacePackages } from "./source-files.ts";

export interface PackageRule {
  readonly rank: number;
}

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function checkImports(
  file: SourceFile,
  rules: Record<string, PackageRule>,
  report: (line: number, text: string) => void,
): void {
  const manifest = manifestOf(file.folder);
  const declared = new Set([
    ...Object.keys(manifest.dependencies ?? {}),
    // What a test writes for others to run refers to its package as they do.
    ...(file.development ? [...Object.keys(manifest.devDependencies ?? {}), `@wadi/${file.package}`] : []),
  ]);
  const own = rules[file.package]?.rank ?? -1;
  for (const { specifier, line } of file.imports) {
    if (specifier.startsWith(".")) {
      const target = resolveRelative(file.path, specifier);
      if (!existsSync(target)) report(line, `imports ${specifier}, which does not exist (write the real extension)`);
      if (target.endsWith("/src/index.ts") && !file.inside.startsWith("test/"))
        report(line, "imports its own package's index; import the defining file");
      if (!target.startsWith(file.folder)) report(line, `reaches into another package: ${specifier}`);
      continue;
    }
    if (isBuiltin(specifier)) {
      if (!specifier.startsWith("node:")) report(line, `imports "${specifier}" without the node: prefix`);
      continue;
    }
    const name = specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/");
    if (!declared.has(name)) report(line, `imports ${name}, which its package.json does not declare`);
    if (!name.startsWith("@wadi/")) continue;
    const target = rules[name.slice("@wadi/".length)];
    if (target === undefined) report(line, `imports ${name}, which packages/ranks.json does not know`);
    else if (!file.development && target.rank >= own)
      report(line, `imports ${name} of rank ${target.rank} from rank ${own}`);
  }
}

/** Dependencies that no file of the package names; those of the program itself are named by more than its tests. */
function unusedDependencies(manifest: Manifest, files: readonly SourceFile[]): string[] {
  const isNamed = (name: string, by: readonly SourceFile[]): boolean =>
    by.some(({ text }) => text.includes(`"${name}"`) || text.includes(`"${name}/`));
  const program = files.filter(({ development, package: name }) => !development || name === "testing");
  const unused = Object.keys(manifest.dependencies ?? {}).filter((name) => !isNamed(name, program));
  // Types of a package are named where the package is.
  const development = Object.keys(manifest.devDependencies ?? {});
  return [...unused, ...development.filter((name) => !isNamed(name.replace("@types/", ""), files))];
}

/** File cycles that exist at run time, each as the list of its files. */
function findCycles(files: readonly SourceFile[]): string[][] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const state = new Map<string, "open" | "done">();
  const cycles: string[][] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") {
      cycles.push([...trail.slice(trail.indexOf(path)), path]);
      return;
    }
    state.set(path, "open");
    for (const { specifier, typeOnly } of byPath.get(path)?.imports ?? []) {
      if (specifier.startsWith(".") && !typeOnly) visit(resolveRelative(path, specifier), [...trail, path]);
    }
    state.set(path, "done");
  };
  for (const file of files) visit(file.path, []);
  return cycles;
}

/** Every breach, one line each; empty when the house is in order. */
export function checkRanks(): string[] {
  const { packages: rules } = JSON.parse(readFileSync(join(root, "packages", "ranks.json"), "utf8")) as {
    packages: Record<string, PackageRule>;
  };
  const problems: string[] = [];
  const files = sourceFiles();
  for (const { name, folder } of workspacePackages()) {
    const place = folder.slice(root.length + 1);
    const rule = rules[name];
    if (rule === undefined) {
      problems.push(`${place}: has no rank in packages/ranks.json`);
      continue;
    }
    for (const dependency of Object.keys(manifestOf(folder).dependencies ?? {})) {
      const target = dependency.startsWith("@wadi/") ? rules[dependency.slice("@wadi/".length)] : undefined;
      if (target !== undefined && target.rank >= rule.rank)
        problems.push(`${place}: depends on ${dependency} of rank ${target.rank}`);
    }
    const own = files.filter((file) => file.folder === folder);
    for (const dependency of unusedDependencies(manifestOf(folder), own)) {
      problems.push(`${place}: declares ${dependency}, which nothing there uses`);
    }
  }
  for (const file of files) {
    const report = (line: number, text: string): void => {
      problems.push(`${file.path.slice(root.length + 1)}:${line}: ${text}`);
    };
    if (rules[file.package] !== undefined) checkImports(file, rules, report);
  }
  for (const cycle of findCycles(files)) {
    problems.push(`import cycle: ${cycle.map((path) => path.slice(root.length + 1)).join(" -> ")}`);
  }
  return problems;
}

if (import.meta.main) {
  const problems = checkRanks();
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
