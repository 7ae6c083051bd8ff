// Where runtimes keep things below the node's data directory. Reference: go/runtime/bundle/paths.go,
// go/runtime/volume, go/runtime/log, go/runtime/config/directories.go.
import { join } from "node:path";

import type { Hash, Namespace } from "@wadi/types";

import { type ComponentId, formatComponentId } from "./component-id.ts";

export const bundlesPath = (dataDir: string): string => join(dataDir, "runtimes", "bundles");
export const explodedPath = (dataDir: string, hash: Hash): string => join(bundlesPath(dataDir), hash);
/** Emptied at every start. */
export const temporaryBundlesPath = (dataDir: string): string => join(dataDir, "runtimes", "tmp", "bundles");
export const volumesPath = (dataDir: string): string => join(dataDir, "runtimes", "volumes");
export const componentLogPath = (dataDir: string, runtimeId: Namespace, id: ComponentId): string =>
  join(dataDir, "runtimes", "logs", runtimeId, formatComponentId(id), "log");
