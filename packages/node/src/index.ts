export * from "./data-directory.ts";
export * from "./errors.ts";
export * from "./node-options.ts";
export * from "./node.ts";
export * from "./registration/registration-flag.ts";
export * from "./run-node.ts";
export * from "./runtimes/hosted-runtime.ts";
export * from "./software-version.ts";
