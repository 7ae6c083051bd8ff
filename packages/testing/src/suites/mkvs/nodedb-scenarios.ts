import assert from "node:assert/strict";
import { RootType, Tree, ZERO_NAMESPACE, openNodeDb, packedToHex } from "@wadi/mkvs";
import type { NodeDb, Root } from "@wadi/mkvs";
import { utf8 } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

type Backend = "pathbadger" | "badger";
type RootArray = readonly [version: number, type: RootType, hash: string];
interface CommitArgs {
  readonly base: RootArray | null;
  readonly ops: readonly string[] | null;
  readonly root_type: RootType;
  readonly version: number;
}
type Step =
  | { readonly call: "versions"; readonly args: null; readonly result: unknown }
  | { readonly call: "has_root"; readonly args: RootArray; readonly result: unknown }
  | {
      readonly call: "prune" | "start_multipart" | "roots_for_version";
      readonly args: number;
      readonly result: unknown;
    }
  | { readonly call: "commit"; readonly args: CommitArgs; readonly result: unknown }
  | { readonly call: "get"; readonly args: readonly [RootArray, string]; readonly result: unknown }
  | { readonly call: "finalize"; readonly args: readonly RootArray[]; readonly result: unknown }
  | { readonly call: "get_write_log"; readonly args: readonly [RootArray, RootArray]; readonly result: unknown }
  | { readonly call: "abort_multipart"; readonly args: null; readonly result: unknown }
  | { readonly call: "new_batch"; readonly args: readonly [version: number, chunk: boolean]; readonly result: unknown };
interface Scenario {
  readonly backend: Backend;
  readonly name: string;
  readonly steps: readonly Step[];
}

const LOG_NOT_FOUND = { error: "mkvs: write log not found in node db" };

const asRoot = ([version, type, hash]: RootArray): Root => ({
  namespace: ZERO_NAMESPACE,
  version: BigInt(version),
  type,
  hash,
});

const asArray = ({ version, type, hash }: Root): RootArray => [Number(version), type, hash];

function commit(db: NodeDb, { base, ops, root_type: type, version }: CommitArgs): unknown {
  const tree = base === null ? Tree.empty(type, db) : new Tree(db, asRoot(base));
  // As in the reference, a base that does not exist shows first where the tree needs a node of it.
  for (let i = 0; i < (ops ?? []).length; i += 2) {
    const [key, value] = [utf8(ops?.[i] ?? ""), ops?.[i + 1] ?? ""];
    if (value === "<del>") tree.remove(key);
    else tree.insert(key, utf8(value));
  }
  return { root: tree.commit(ZERO_NAMESPACE, BigInt(version)).hash };
}

/** The result in the form in which the file has it. */
function call(db: NodeDb, step: Step): unknown {
  switch (step.call) {
    case "versions": {
      const latest = db.latestVersion();
      return { earliest: Number(db.earliestVersion()), exists: latest !== undefined, latest: Number(latest ?? 0n) };
    }
    case "has_root":
      return db.hasRoot(asRoot(step.args));
    case "roots_for_version": {
      const roots = db.rootsForVersion(BigInt(step.args)).map(asArray);
      return { error: "ok", roots_sorted: roots.sort((a, b) => (`${a[1]}${a[2]}` < `${b[1]}${b[2]}` ? -1 : 1)) };
    }
    case "commit":
      return commit(db, step.args);
    case "get": {
      const value = new Tree(db, asRoot(step.args[0])).get(utf8(step.args[1]));
      return value === undefined ? null : Buffer.from(value).toString();
    }
    case "get_write_log": {
      const log = db.getWriteLog(asRoot(step.args[0]), asRoot(step.args[1]));
      const changes = Array.from(log.changes, ([k, v]) => [packedToHex(k), v === null ? null : packedToHex(v)]);
      return changes.sort(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1));
    }
    case "finalize":
      db.finalize(step.args.map(asRoot));
      return "ok";
    case "prune":
      db.prune(BigInt(step.args));
      return "ok";
    case "start_multipart":
      db.startMultipart(BigInt(step.args));
      return "ok";
    case "abort_multipart":
      db.abortMultipart();
      return "ok";
    case "new_batch": {
      const [version, chunk] = step.args;
      const base: Root = asRoot([version, RootType.state, Tree.empty(RootType.state).syncRoot.hash]);
      db.checkCommit(base, base.version, chunk);
      return "ok";
    }
  }
}

/** Results that are an error text in the file are one in an object for calls that give a value. */
function outcome(db: NodeDb, step: Step): unknown {
  try {
    return call(db, step);
  } catch (e) {
    const text = e instanceof Error ? e.message : String(e);
    return typeof step.result === "object" ? { error: text } : text;
  }
}

/**
 * pathbadger goes on to list the roots of losing forks whose content it has deleted. Where it
 * does, badger's answer is the one to give.
 */
function listsLosers(scenario: Scenario, index: number, scenarios: readonly Scenario[]): boolean {
  const step = scenario.steps[index];
  if (scenario.backend !== "pathbadger" || (step?.call !== "roots_for_version" && step?.call !== "has_root"))
    return false;
  const other = scenarios.find((s) => s.backend === "badger" && s.name === scenario.name)?.steps[index];
  return (
    JSON.stringify(other?.args) === JSON.stringify(step.args) &&
    JSON.stringify(other?.result) !== JSON.stringify(step.result)
  );
}

/** A write log that ends at a losing fork: the reference still knows the root, though not its log. */
function endsAtLoser(step: Step, scenario: Scenario): boolean {
  if (step.call !== "get_write_log" || JSON.stringify(step.result) !== JSON.stringify(LOG_NOT_FOUND)) return false;
  const end = JSON.stringify(step.args[1]);
  const final = scenario.steps.flatMap((s) => (s.call === "finalize" && s.result === "ok" ? s.args : []));
  return final.some(([version]) => version === step.args[1][0]) && !final.some((root) => JSON.stringify(root) === end);
}

/** Sequences of database calls with the results of both back ends of the reference. */
export const suite: Suite = {
  file: "mkvs/nodedb-scenarios",
  async run(r: Recorder): Promise<void> {
    const file = loadVector<{ readonly scenarios: readonly Scenario[] }>("mkvs/nodedb-scenarios");
    if (!file) return;
    for (const scenario of file.scenarios) {
      await using db = openNodeDb({ namespace: ZERO_NAMESPACE, rules: scenario.backend });
      scenario.steps.forEach((step, i) => {
        const result = outcome(db, step);
        if (listsLosers(scenario, i, file.scenarios)) {
          r.leaveOut("pathbadger lists roots of losing forks whose content is gone; we drop them as badger does");
          return;
        }
        if (endsAtLoser(step, scenario)) {
          r.leaveOut("write log to a root that lost: we answer that the root is unknown");
          return;
        }
        r.case(`${scenario.backend}: ${scenario.name}: step ${i} ${step.call}`, () => {
          assert.deepEqual(result, step.result);
        });
      });
    }
  },
};
