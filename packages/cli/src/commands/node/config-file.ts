import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError, defaultConfig, parseConfig, type Config } from "@wadi/config";

import { describeFileError, isSystemError } from "../../file-error.ts";

/** The configuration of a file, or that without one; its data directory is absolute. Throws ConfigError. */
export function loadConfig(path: string): Config {
  const loaded = path === "" ? defaultConfig() : parseConfig(readConfig(path), path, process.env);
  const dataDir = loaded.common.dataDir === "" ? "" : resolve(loaded.common.dataDir);
  return { ...loaded, common: { ...loaded.common, dataDir } };
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (e) {
    if (!isSystemError(e)) throw e;
    throw new ConfigError(`unable to read config file '${path}': ${describeFileError(e, path)}`);
  }
}
