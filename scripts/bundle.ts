// Bundles the command line into dist/oasis-node, one chunk per lazily loaded subcommand, so that
// start-up reads two small files instead of resolving some hundred modules.
import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outdir = join(root, "dist", "oasis-node");

/** Native packages stay outside the bundle, at the place where their owner package has them. */
const nativePackages: Record<string, string> = { lmdb: "kv", esbuild: "runtime-kit" };

const native: Plugin = {
  name: "native-packages",
  setup(context) {
    const filter = new RegExp(`^(${Object.keys(nativePackages).join("|")})$`);
    context.onResolve({ filter }, async (args) => {
      if (args.pluginData === "resolving") return undefined;
      const owner = join(root, "packages", nativePackages[args.path] ?? "");
      const found = await context.resolve(args.path, {
        resolveDir: owner,
        kind: args.kind,
        pluginData: "resolving",
      });
      if (found.errors.length > 0) return { errors: found.errors };
      const linked = join(owner, "node_modules", args.path);
      const inside = found.path.split(`/node_modules/${args.path}/`).at(-1) ?? "";
      const path = relative(outdir, join(linked, inside)).split("\\").join("/");
      return { path, external: true };
    });
  },
};

// Whoever starts the program meanwhile finds the old one, or the new one.
const [fresh, old] = [`${outdir}.${process.pid}`, `${outdir}.${process.pid}.old`];
await build({
  absWorkingDir: root,
  entryPoints: { bin: "packages/cli/src/bin.ts" },
  outdir: fresh,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  conditions: ["wadi-source"],
  // Beside the entry, so that one relative path to a native package is right for all of them.
  chunkNames: "[name]-[hash]",
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "none",
  plugins: [native],
  banner: {
    // CommonJS dependencies inside an ESM bundle still call require() for Node's own modules.
    js: 'import { createRequire as __wadiRequire } from "node:module"; const require = __wadiRequire(import.meta.url);',
  },
  logLevel: "warning",
});
if (existsSync(outdir)) renameSync(outdir, old);
renameSync(fresh, outdir);
rmSync(old, { recursive: true, force: true });
