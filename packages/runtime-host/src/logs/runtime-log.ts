// What a component prints, brought into the node's log and into a file of its own.
// Reference: go/runtime/host/logger.go.
import { type ComponentId, displayComponentId } from "../bundle/component-id.ts";
import { messageOf } from "../bundle/errors.ts";
import type { Namespace } from "@wadi/types";
import type { ComponentLog } from "./component-log.ts";
import type { HostLog } from "./host-log.ts";
import { LineSplitter } from "./line-splitter.ts";
import { readLine, type RuntimeRecord } from "./runtime-record.ts";

export interface RuntimeLogOptions {
  readonly runtimeId: Namespace;
  readonly component: ComponentId;
  /** Name of the launcher. */
  readonly provisioner: string;
  /** Takes the component's records, with the fields that say whose they are. */
  readonly sink: (record: RuntimeRecord) => void;
  /** Takes what there is to say about lines. */
  readonly log: HostLog;
  readonly file?: ComponentLog;
  /** The time of lines that have none; default: now, in UTC. */
  readonly now?: () => string;
}

/** Fields that the component's own file leaves out. */
const WHOSE = ["runtime_id", "runtime_name", "component", "provisioner"];

export class RuntimeLog {
  readonly #options: RuntimeLogOptions;
  readonly #splitter = new LineSplitter();
  readonly #whose: readonly (readonly [string, unknown])[];

  constructor(options: RuntimeLogOptions) {
    this.#options = options;
    const values = [options.runtimeId, "", displayComponentId(options.component), options.provisioner];
    this.#whose = WHOSE.map((name, i) => [name, values[i]]);
  }

  /** For `LaunchOptions.output`. */
  readonly output = (chunk: Uint8Array): void => {
    const { lines, dropped } = this.#splitter.push(chunk);
    for (const line of lines) this.#line(line);
    if (dropped) this.#options.log.warn("runtime log buffer is too large, dropping logs");
  };

  #line(line: string): void {
    const { sink, log, now = () => new Date().toISOString() } = this.#options;
    const { record, problem } = readLine(line, now);
    if (problem !== undefined) {
      const { message, ...more } = problem;
      log.warn(message, { log_line: line.trim(), ...more });
    }
    if (record === undefined) return;
    sink({ ...record, fields: new Map([...this.#whose, ...record.fields]) });
    this.#toFile(record);
  }

  #toFile(record: RuntimeRecord): void {
    const { file, log } = this.#options;
    try {
      file?.write(formatRecord(record));
    } catch (err) {
      log.warn("failed to write runtime log", { err: messageOf(err) });
    }
  }
}

/** One JSON line with sorted members, without those that say whose it is. */
export function formatRecord({ level, module, message, fields }: RuntimeRecord): string {
  const own = [...fields].filter(([name]) => !WHOSE.includes(name));
  const members = new Map<string, unknown>([["level", level], ["module", module], ["msg", message], ...own]);
  return JSON.stringify(Object.fromEntries([...members].sort(([a], [b]) => (a < b ? -1 : 1))));
}
