// A runtime's code as one script. Every request gets a fresh instance of it, so that what a module
// remembers in variables cannot reach the next request.
import { Script } from "node:vm";
import type { RuntimeDefinition } from "../definition.ts";

/** Gives a module that the code imports and that the kit provides. */
export type Provide = (name: string) => unknown;

type Wrapper = (module: { exports: Record<string, unknown> }, require: Provide) => void;

export class GuestModule {
  readonly #script: Script;
  readonly #provide: Provide;

  /** `source` is a CommonJS module whose export `runtime` is the definition. */
  constructor(source: string, provide: Provide) {
    this.#script = new Script(`(function (module, require) { "use strict"; ${source}\n})`, { filename: "runtime.js" });
    this.#provide = provide;
  }

  /** Runs the module. Throws a TypeError if it does not export a runtime. */
  instantiate(): RuntimeDefinition {
    const module: { exports: Record<string, unknown> } = { exports: {} };
    (this.#script.runInThisContext() as Wrapper)(module, this.#provide);
    const { runtime } = module.exports;
    if (typeof runtime !== "object" || runtime === null || !("transactions" in runtime) || !("version" in runtime)) {
      throw new TypeError("the entry does not export `runtime`, made with defineRuntime");
    }
    return runtime as RuntimeDefinition;
  }
}
