// The options as operators write them: `runtime.prune.strategy`.
import { isDeepStrictEqual } from "node:util";

import { keyOf, type Option } from "./option.ts";
import { configTable, type Config } from "./table.ts";

/** A list of sections counts as one option. */
const LIST = "[]";

/** Every option by its full key, with how it is reached in a configuration. */
function optionPaths(): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, readonly string[]>();
  const walk = ({ members = {} }: Option<unknown>, path: readonly string[]): void => {
    for (const [property, option] of Object.entries(members)) {
      const at = [...path, property];
      if (option.members !== undefined && !option.type.startsWith(LIST)) walk(option, at);
      else paths.set(at.map(keyOf).join("."), at);
    }
  };
  walk(configTable, []);
  return paths;
}

const paths = optionPaths();

/** The full keys of all options. */
export const optionKeys: readonly string[] = [...paths.keys()];

/** The keys of the options that say something else than their defaults. */
export function changedKeys(config: Config): readonly string[] {
  const fallback = configTable.fallback();
  return [...paths].flatMap(([key, path]) => (isDeepStrictEqual(at(config, path), at(fallback, path)) ? [] : [key]));
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((section, property) => (section as Readonly<Record<string, unknown>>)[property], value);
}
