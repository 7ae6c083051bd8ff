// A component as it lies unpacked on disk, ready to run.
import { join } from "node:path";

import type { Namespace } from "@wadi/types";

import type { TeeKind } from "./component-id.ts";
import type { ManifestComponent } from "./manifest.ts";
import type { Volume } from "./volumes.ts";

/** What a launcher needs to know. */
export interface HostedComponentFiles {
  readonly runtimeId: Namespace;
  readonly component: ManifestComponent;
  /** The unpacked bundle. */
  readonly directory: string;
}

/** What the registry of bundles knows. Reference: go/runtime/bundle/component.go `ExplodedComponent`. */
export interface HostedComponent extends HostedComponentFiles {
  /** Where it is to run, by manifest and configuration. */
  readonly teeKind: TeeKind;
  /** Its bundle has no RONL component. */
  readonly isDetached: boolean;
  readonly labels: ReadonlyMap<string, string>;
  /** By the names that the component uses. */
  readonly volumes: ReadonlyMap<string, Volume>;
}

/** The path of one of the bundle's files. */
export function filePath({ directory }: HostedComponentFiles, name: string): string {
  return join(directory, name);
}
