// One run of the checkpointer: looks at what exists, decides and does it.
import { WadiError } from "@wadi/util";
import type { Namespace } from "@wadi/types";
import type { Root } from "../root.ts";
import type { ChunkerOptions } from "./chunker.ts";
import { ErrUnexpectedRoots } from "./errors.ts";
import type { FileCheckpointStore } from "./file-store.ts";
import { CHECKPOINT_VERSION } from "./metadata.ts";
import { planCheckpoints } from "./schedule.ts";
import type { CheckpointParameters, CheckpointTrigger, CheckpointerState } from "./schedule.ts";
import type { PaceOptions } from "../pace.ts";

export interface CheckpointerDeps {
  readonly files: Pick<FileCheckpointStore, "create" | "delete" | "list">;
  readonly namespace: Namespace;
  /** The roots of a finalized version that belong into its checkpoint. */
  readonly rootsOf: (version: bigint) => readonly Root[] | Promise<readonly Root[]>;
  /** Told about each version before its checkpoint is made. */
  readonly onCheckpoint?: (version: bigint) => void;
}

export type RunState = Omit<CheckpointerState, "existing">;

/** What went wrong in a run; none of it ends the run early except as the plan says. */
export interface CheckpointFailure {
  readonly version: bigint;
  readonly action: "create" | "drop";
  readonly error: unknown;
}

export interface CheckpointRun {
  readonly created: readonly bigint[];
  readonly dropped: readonly bigint[];
  readonly failures: readonly CheckpointFailure[];
}

/** Runs the plan for a trigger. Throws only if the existing checkpoints cannot be listed, or the signal's reason. */
export async function runCheckpointer(
  deps: CheckpointerDeps,
  trigger: CheckpointTrigger,
  parameters: CheckpointParameters & ChunkerOptions,
  state: RunState,
  pace: PaceOptions = {},
): Promise<CheckpointRun> {
  const listed = await deps.files.list({ version: CHECKPOINT_VERSION, namespace: deps.namespace, rootVersion: null });
  const existing = listed.map(({ root }) => root.version);
  const plan = planCheckpoints(trigger, parameters, { ...state, existing });
  const created: bigint[] = [];
  const dropped: bigint[] = [];
  const failures: CheckpointFailure[] = [];

  for (const version of plan.create) {
    try {
      await createVersion(deps, version, parameters, state.rootsPerVersion, pace);
      created.push(version);
    } catch (error) {
      pace.signal?.throwIfAborted();
      failures.push({ version, action: "create", error });
      break;
    }
  }
  for (const version of plan.drop) {
    const roots = listed.flatMap(({ root }) => (root.version === version ? [root] : []));
    const errors = await deleteAll(deps, roots);
    for (const error of errors) failures.push({ version, action: "drop", error });
    if (errors.length === 0) dropped.push(version);
  }
  return { created, dropped, failures };
}

/** All roots of a version or none. */
async function createVersion(
  deps: CheckpointerDeps,
  version: bigint,
  options: ChunkerOptions,
  rootsPerVersion: number,
  pace: PaceOptions,
): Promise<void> {
  deps.onCheckpoint?.(version);
  const roots = await deps.rootsOf(version);
  if (roots.length !== rootsPerVersion) {
    throw new WadiError(ErrUnexpectedRoots, { context: `expected ${rootsPerVersion}, got ${roots.length}` });
  }
  try {
    for (const root of roots) await deps.files.create(root, options, pace);
  } catch (e) {
    await deleteAll(deps, roots);
    throw e;
  }
}

/** Returns the errors of those that could not be deleted. */
async function deleteAll({ files }: CheckpointerDeps, roots: readonly Root[]): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (const root of roots) {
    try {
      await files.delete(CHECKPOINT_VERSION, root);
    } catch (e) {
      errors.push(e);
    }
  }
  return errors;
}
