// A runtime's sources as scripts without imports: its own code, and the kit's two threads in the
// version that the runtime depends on.
import { WadiError } from "@wadi/util";
import { build, type BuildOptions, type OnResolveResult, type Plugin } from "esbuild";
import { isBuiltin } from "node:module";
import { dirname, resolve } from "node:path";
import { ErrBundling } from "./errors.ts";

export interface RuntimeScripts {
  /** Main thread: the connection. CommonJS. */
  readonly main: string;
  /** Batch threads: see `THREAD_LOADER`. */
  readonly batchThread: string;
  /** The runtime's code, see `GuestModule`. */
  readonly runtime: string;
}

/** What the kit provides to runtime code (see `batch-thread.ts`), so that both have one copy. */
const PROVIDED = ["@wadi/runtime-kit", "@wadi/codec", "@wadi/types", "@wadi/util"];

/** Refuses modules that could tell one node from another. */
const noPlatform: Plugin = {
  name: "no-platform-modules",
  setup(context) {
    context.onResolve({ filter: /.*/ }, ({ path }) =>
      isBuiltin(path)
        ? { errors: [{ text: `"${path}" cannot be used in a runtime: what it gives differs between nodes` }] }
        : undefined,
    );
  },
};

/** Modules of our packages do nothing by being imported, so what is not used of them is left out. */
function pureImports(): Plugin {
  const packages = new Map<string, Promise<OnResolveResult>>();
  return {
    name: "pure-imports",
    setup(context) {
      // Our sources name the files they import.
      context.onResolve({ filter: /^\.\.?\/.*\.[jt]s$/ }, ({ path, resolveDir }) => ({
        path: resolve(resolveDir, path),
        sideEffects: false,
      }));
      context.onResolve({ filter: /^@wadi\// }, ({ path, resolveDir, kind, pluginData }) => {
        // The kit's threads are what is wanted.
        if (pluginData === "resolving" || path.startsWith("@wadi/runtime-kit")) return undefined;
        const known = packages.get(path);
        if (known !== undefined) return known;
        const found = context
          .resolve(path, { resolveDir, kind, pluginData: "resolving" })
          .then((result) =>
            result.errors.length > 0 ? { errors: result.errors } : { path: result.path, sideEffects: false },
          );
        packages.set(path, found);
        return found;
      });
    },
  };
}

const common = {
  bundle: true,
  write: false,
  format: "cjs",
  target: "esnext",
  conditions: ["wadi-source"],
  legalComments: "none",
  logLevel: "silent",
} satisfies BuildOptions;

async function bundle(options: BuildOptions): Promise<string> {
  try {
    const { outputFiles = [] } = await build({ ...common, ...options });
    return outputFiles[0]?.text ?? "";
  } catch (e) {
    throw new WadiError(ErrBundling, { cause: e, context: e instanceof Error ? e.message : String(e) });
  }
}

/** Bundles modules of the kit as the project at `resolveDir` sees them. */
function kitScript(
  contents: string,
  resolveDir: string,
  wrap?: { readonly before: string; readonly after: string },
): Promise<string> {
  return bundle({
    stdin: { contents, resolveDir, loader: "ts" },
    platform: "node",
    // Names stay: they are in messages and stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [pureImports()],
    ...(wrap && { banner: { js: wrap.before }, footer: { js: wrap.after } }),
  });
}

const PROGRAM = `import { embeddedScripts, runProgram } from "@wadi/runtime-kit/process"; void runProgram(embeddedScripts());`;
const programOf = (main: string): string => `import { main } from ${JSON.stringify(resolve(main))}; void main();`;
const BATCH_THREAD = `import "@wadi/runtime-kit/batch-thread";`;

/** The thread keeps for itself what it takes from the realm that runtime code will share. */
const threadScope = {
  before:
    '(function (require) { "use strict"; const { Buffer } = require("node:buffer"); const module = { exports: {} };',
  after: "})",
};

function runtimeScript(path: string): Promise<string> {
  return bundle({
    entryPoints: [path],
    platform: "neutral",
    mainFields: ["module", "main"],
    external: PROVIDED,
    plugins: [noPlatform],
  });
}

/**
 * `main` is a module that exports `main`, which serves the host instead of the kit's program: for tests of
 * hosts. Throws ErrBundling with esbuild's explanation.
 */
export async function bundleScripts(entry: string, main?: string): Promise<RuntimeScripts> {
  const path = resolve(entry);
  const folder = dirname(path);
  const [mainThread, batchThread, runtime] = await Promise.all([
    main === undefined ? kitScript(PROGRAM, folder) : kitScript(programOf(main), dirname(resolve(main))),
    kitScript(BATCH_THREAD, folder, threadScope),
    runtimeScript(path),
  ]);
  return { main: mainThread, batchThread, runtime };
}

/**
 * The whole runtime as one CommonJS script, for hosts that run it in a thread of their own. Throws
 * ErrBundling with esbuild's explanation.
 */
export async function bundleProgram(entry: string): Promise<string> {
  const path = resolve(entry);
  const folder = dirname(path);
  const [threadSource, runtimeSource] = await Promise.all([
    kitScript(BATCH_THREAD, folder, threadScope),
    runtimeScript(path),
  ]);
  const scripts = JSON.stringify({ threadSource, runtimeSource });
  return kitScript(`import { runProgram } from "@wadi/runtime-kit/process"; void runProgram(${scripts});`, folder);
}
