// `localnet`: a whole network with one ParaTime in this process.
import { join, resolve } from "node:path";
import { NodeController } from "@wadi/api";
import { parseDuration } from "@wadi/config";
import { startLocalnet, type BootStep, type Localnet, type LocalnetOptions } from "@wadi/localnet";
import { describeProblem, sandboxProblems } from "@wadi/runtime-host";
import { parseLevel } from "@wadi/telemetry";

import type { Run } from "../../command.ts";
import { EndSignal } from "../../end-signal.ts";
import { keepGarbageLow } from "../../heap.ts";
import type { Io } from "../../io.ts";
import type { OptionValues } from "../../option-table.ts";
import { CommandFailure, reporting, wholeNumber } from "../debug/failure.ts";
import { BootTimes } from "./boot-times.ts";
import { DemoRefused, runDemo } from "./demo.ts";
import { networkFacts, roundFacts } from "./facts.ts";
import { LiveView } from "./live-view.ts";
import type { localnetOptions } from "./options.ts";
import { sampleBundle } from "./sample-bundle.ts";
import { JsonView, PlainView, type View } from "./view.ts";

type Options = OptionValues<typeof localnetOptions>;

export const localnet: Run<typeof localnetOptions> = (options, io) =>
  reporting(io, async () => {
    const boot = new BootTimes();
    boot.add("modules");
    const view = viewFor(options, io);
    const settings = { ...networkOptions(options), log: logTo(view, options) };
    using signal = new EndSignal();
    if (!options.unconfined) await requireSandbox(options.sandboxBinary);
    boot.add("sandbox");
    const runtime = options.runtime === "" ? await sample(view) : { runtime: options.runtime };
    const onStep = (step: BootStep): void => boot.add(step);
    const net = await startUnlessEnded({ ...settings, ...runtime, onStep }, signal, view);
    if (net === undefined) return 0;
    keepGarbageLow();
    try {
      return await use(net, view, options, signal, boot);
    } finally {
      view.stopping();
      await net[Symbol.asyncDispose]();
      view.stopped();
    }
  });

/** Undefined where the start was ended by a signal; nothing runs then. */
async function startUnlessEnded(
  options: LocalnetOptions,
  { received }: EndSignal,
  view: View,
): Promise<Localnet | undefined> {
  const start = new AbortController();
  let isUp = false;
  void received.then((signal) => {
    if (isUp) return;
    view.stopping();
    start.abort(new StartEnded(signal));
  });
  try {
    return await startLocalnet({ ...options, signal: start.signal });
  } catch (e) {
    if (!(e instanceof StartEnded)) throw e;
    view.stopped();
    return undefined;
  } finally {
    isUp = true;
  }
}

/** Somebody asked for the end before the network was up. */
class StartEnded extends Error {
  override readonly name = "StartEnded";
}

const LOOK_MS = 1000;

/** Shows what the network does until it is told to end; the exit code. */
async function use(net: Localnet, view: View, options: Options, signal: EndSignal, boot: BootTimes): Promise<number> {
  const { node, runtimeId, socket, worker } = net;
  view.started(
    {
      socket,
      dataDir: options.dataDir === "" ? undefined : resolve(options.dataDir),
      runtimeId,
      chainContext: node.backend.machine.chainContext,
      bootMs: performance.now(),
      boot: boot.times,
      isConfined: !options.unconfined,
    },
    networkFacts(net),
  );
  const ends = Promise.race([signal.received, node.stopped, node.shutDownRequested]);
  if (options.once || options.demo) {
    const reason = await Promise.race([demonstrate(net, view), ends.then(() => "ended" as const)]);
    if (reason !== "done" || options.once) return 0;
  }
  using stack = new DisposableStack();
  stack.defer(
    worker.watchBlocks((block) => {
      view.round(roundFacts(net, block), networkFacts(net));
    }),
  );
  stack.defer(node.consensus.subscribe(() => view.block(networkFacts(net))));
  // What the ParaTime hangs in shows between blocks, which may be far apart.
  const look = setInterval(() => view.block(networkFacts(net)), LOOK_MS);
  stack.defer(() => clearInterval(look));
  const reason = await ends;
  if (typeof reason === "object" && reason.error !== undefined) throw reason.error;
  return 0;
}

async function demonstrate(net: Localnet, view: View): Promise<"done"> {
  try {
    for await (const step of runDemo({ runtimeId: net.runtimeId, connect: () => net.connect() })) view.demo(step);
  } catch (e) {
    throw e instanceof DemoRefused ? new CommandFailure(e.message) : e;
  }
  using connection = net.connect();
  view.status(await connection.of(NodeController).GetStatus(), net.socket);
  return "done";
}

function viewFor({ json }: Options, io: Io): View {
  if (json) return new JsonView(io);
  return io.stdout.isTTY === true ? new LiveView(io, () => process.stdout.columns) : new PlainView(io);
}

async function sample(view: View): Promise<Pick<LocalnetOptions, "runtime" | "bundlesFolder">> {
  const { path, unpacked } = await sampleBundle(() =>
    view.progress("building the bundle of the sample ParaTime, once (about ten seconds)"),
  );
  return { runtime: path, bundlesFolder: join(unpacked, "bundles") };
}

async function requireSandbox(sandboxBinary: string): Promise<void> {
  const problems = await sandboxProblems(sandboxBinary);
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `  ${describeProblem(problem)}`);
  throw new CommandFailure(
    `this machine cannot make sandboxes:\n${lines.join("\n")}\n--unconfined runs the ParaTime without one, with all rights of this user`,
  );
}

function networkOptions(options: Options): Omit<LocalnetOptions, "runtime"> {
  const { blockTime, dataDir, reset, sandboxBinary, unconfined } = options;
  const blockTimeMs = blockTime === "" ? undefined : parseDuration(blockTime);
  if (blockTime !== "" && (blockTimeMs === undefined || blockTimeMs < 1)) {
    throw new CommandFailure(`--block-time takes a duration of at least 1ms such as 500ms, not "${blockTime}"`);
  }
  const epochInterval = wholeNumber("epoch-interval", options.epochInterval);
  if (epochInterval === 0) throw new CommandFailure("--epoch-interval takes a number above 0");
  return {
    reset,
    sandboxBinary,
    provisioner: unconfined ? "unconfined" : "sandboxed",
    ...(dataDir === "" ? {} : { dataDir: resolve(dataDir) }),
    ...(blockTimeMs === undefined ? {} : { blockTimeMs }),
    ...(epochInterval === undefined ? {} : { epochInterval: BigInt(epochInterval) }),
  };
}

function logTo(view: View, { json, logLevel }: Options): LocalnetOptions["log"] & object {
  const level = parseLevel(logLevel);
  if (level === undefined) throw new CommandFailure(`--log-level takes debug, info, warn or error, not "${logLevel}"`);
  return { format: json ? "json" : "logfmt", thresholds: { default: level }, write: (line) => view.log(line) };
}
