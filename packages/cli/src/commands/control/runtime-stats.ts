// Statistics of a runtime's rounds between two heights. Deprecated in the reference, and still used.
// Reference: go/oasis-node/cmd/control/runtime_stats.go.
import { writeFileSync } from "node:fs";
import { Consensus, Registry, RootHash } from "@wadi/api";
import { decodeJson, isDecodeError } from "@wadi/codec";
import type { ClientOf, RpcConnection } from "@wadi/rpc";
import { Namespace, roothash, type PublicKey } from "@wadi/types";
import { fromHex, isError, toBase64 } from "@wadi/util";

import type { Run } from "../../command.ts";
import { describeFileError, isSystemError } from "../../file-error.ts";
import type { Io } from "../../io.ts";
import { Logger } from "../../log.ts";
import { textTable, type Cell } from "../../text-table.ts";
import { connected, failureText, whenAvailable } from "./connection.ts";
import type { runtimeStatsOptions } from "./options.ts";
import { MODULE } from "./question.ts";
import { RoundStatistics } from "./round-statistics.ts";

const DEPRECATION = 'Command "runtime-stats" is deprecated, use the `oasis` CLI instead.\n';

/** The spelling is the reference's. */
const HEAD = [
  "Entity ID",
  "Elected",
  "Primary",
  "Backup",
  "Proposer",
  "Primary invoked",
  "Primary Good commit",
  "Prim Bad commmit",
  "Bckp invoked",
  "Bckp Good commit",
  "Bckp Bad commit",
  "Primary missed",
  "Bckp missed",
];

/** Why there are no statistics; `message` is the record's. */
class StatsFailure extends Error {
  override readonly name = "StatsFailure";
}

export const runtimeStats: Run<typeof runtimeStatsOptions> = async (options, io) => {
  io.stderr.write(DEPRECATION);
  const { address, end, insecure, runtimeId, start, wait } = options;
  const log = new Logger({ module: MODULE, output: io.stdout });
  const argument = (what: string, arg: string): number => {
    log.error(what, { arg });
    return 1;
  };
  const id = namespaceOf(runtimeId);
  if (id === undefined) return argument("malformed runtime ID", runtimeId);
  const from = heightOf(start);
  if (from === undefined) return argument("malformed start height", start);
  const to = heightOf(end);
  if (to === undefined) return argument("malformed end height", end);
  return connected({ address, insecure }, log, async (connection) => {
    try {
      const range = await rangeOf(connection, from, to, wait);
      const statistics = await gather(connection, id, range);
      print(statistics, io);
      writeFileSync(`runtime-${id}-${range.start}-${range.end}-stats.csv`, csv(statistics));
      return 0;
    } catch (e) {
      if (e instanceof StatsFailure) log.error(e.message, { err: failureText(e.cause) });
      else if (isSystemError(e)) log.error("failed to open CSV output file", { err: describeFileError(e) });
      else throw e;
      return 1;
    }
  });
};

function namespaceOf(text: string): Namespace | undefined {
  try {
    return decodeJson(Namespace, JSON.stringify(text));
  } catch (e) {
    if (isDecodeError(e)) return undefined;
    throw e;
  }
}

/** 0 is left to the node; undefined for what is no height. */
function heightOf(text: string): number | undefined {
  if (text === "") return 0;
  const height = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(height) ? height : undefined;
}

interface Range {
  readonly start: number;
  /** Not counted itself. */
  readonly end: number;
}

async function rangeOf(connection: RpcConnection, start: number, end: number, isWaiting: boolean): Promise<Range> {
  const service = connection.of(Consensus);
  const status = await asking("failed to query consensus status", () =>
    whenAvailable(() => service.GetStatus(), isWaiting),
  );
  if (end !== 0) return { start: start || status.lastRetainedHeight, end };
  const latest = await asking("failed to get latest block", () => service.GetBlock(0));
  return { start: start || status.lastRetainedHeight, end: latest.height };
}

async function asking<T>(failure: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new StatsFailure(failure, { cause });
  }
}

async function gather(
  connection: RpcConnection,
  runtimeId: Namespace,
  { end, start }: Range,
): Promise<RoundStatistics> {
  const statistics = new RoundStatistics();
  const service = connection.of(RootHash);
  const registry = connection.of(Registry);
  for (let height = start; height < end; height++) {
    const at = { runtimeId, height };
    const nodes = await asking("failed to get nodes", () => registry.GetNodes(height));
    const block = await asking("failed to get roothash block", () => latestBlock(service, at));
    if (block === undefined) continue;
    const events = await asking("failed to get roothash events", () => service.GetEvents(height));
    await statistics.add({
      block,
      events: (events ?? []).flatMap((event) => (event?.runtimeId === runtimeId ? [event] : [])),
      owners: new Map(nodes?.flatMap((node) => (node === null ? [] : [[node.id, node.entityId]]))),
      results: () => asking("failed to get last round results", () => service.GetLastRoundResults(at)),
      state: () => asking("failed to query runtime state", () => service.GetRuntimeState(at)),
    });
  }
  return statistics;
}

type RootHashClient = ClientOf<(typeof RootHash)["methods"]>;

/** Undefined at heights at which there was no such runtime. */
async function latestBlock(
  service: RootHashClient,
  at: { readonly runtimeId: Namespace; readonly height: number },
): Promise<roothash.Block | undefined> {
  try {
    return await service.GetLatestBlock(at);
  } catch (e) {
    if (isError(e, roothash.ErrInvalidRuntime)) return undefined;
    throw e;
  }
}

function rowsOf({ entities }: RoundStatistics): readonly (readonly Cell[])[] {
  return [...entities].map(([id, one]) => [
    entityText(id),
    one.elected,
    one.primary,
    one.backup,
    one.proposer,
    one.primaryInvoked,
    one.primaryGood,
    one.primaryBad,
    one.backupInvoked,
    one.backupGood,
    one.backupBad,
    one.primaryMissed,
    one.backupMissed,
  ]);
}

const entityText = (id: PublicKey): string => toBase64(fromHex(id));

function print(statistics: RoundStatistics, { stdout }: Io): void {
  const counters: readonly (readonly [name: string, count: number])[] = [
    ["Runtime rounds", statistics.rounds],
    ["Successful rounds", statistics.successful],
    ["Epoch transition rounds", statistics.epochTransitions],
    // Nothing counts these in the reference either.
    ["Proposer timeouted rounds", 0],
    ["Failed rounds", statistics.failed],
    ["Discrepancies", statistics.discrepancies],
    ["Discrepancies (timeout)", statistics.timeoutDiscrepancies],
    ["Suspended", statistics.suspended],
  ];
  for (const [name, count] of counters) stdout.write(`${name}: ${count}\n`);
  stdout.write(`Entity stats\n${textTable(HEAD, rowsOf(statistics))}`);
}

function csv(statistics: RoundStatistics): string {
  return [HEAD, ...rowsOf(statistics)].map((row) => `${row.join(",")}\n`).join("");
}
