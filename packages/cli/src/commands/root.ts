// The command tree. Only names, flags and texts are loaded with it.
import { command, type CommandNode, group, program } from "../command.ts";
import { createOptions, inspectOptions, verifyOptions } from "./bundle/options.ts";
import {
  addBundleOptions,
  cancelOptions,
  clearDeregisterOptions,
  controlOptions,
  runtimeStatsOptions,
  shutdownOptions,
  upgradeOptions,
} from "./control/options.ts";
import {
  dumpdbOptions,
  explainOptions,
  exportChainOptions,
  replayOptions,
  setEpochOptions,
  validatorOptions,
  waitNodesOptions,
} from "./debug/options.ts";
import { checkOptions } from "./genesis/options.ts";
import { localnetOptions } from "./localnet/options.ts";
import { nodeOptions } from "./node/options.ts";
import { runOptions } from "./runtime/options.ts";

/** Of a runtime on a test network. */
const EXAMPLE_ID = `80${"00".repeat(31)}`;

const genesis = group("genesis", "genesis document utilities", [
  command(
    "check",
    "sanity check the genesis file",
    checkOptions,
    async () => {
      const { checkGenesisFile } = await import("./genesis/check.ts");
      return checkGenesisFile;
    },
    ["oasis-node genesis check -g genesis.json"],
  ),
]);

const loadControl = () => import("./control/control.ts");
const loadDebugControl = () => import("./debug/control.ts");

const debugControl = group("control", "control a node during tests", [
  command(
    "set-epoch",
    "begin an epoch, where epochs begin when told",
    setEpochOptions,
    async () => (await loadDebugControl()).setEpoch,
  ),
  command(
    "wait-nodes",
    "wait until so many nodes are registered",
    waitNodesOptions,
    async () => (await loadDebugControl()).waitNodes,
  ),
  command(
    "wait-ready",
    "wait for the node and its runtimes to be ready",
    controlOptions,
    async () => (await loadControl()).waitReady,
  ),
]);

const debug = group("debug", "debugging and auditing utilities", [
  debugControl,
  command(
    "replay",
    "execute a recorded chain and compare every block",
    replayOptions,
    async () => {
      const { replay } = await import("./debug/replay.ts");
      return replay;
    },
    ["oasis-node debug replay -g genesis.json --chain chain.jsonl.gz --data-dir state"],
  ),
  command("explain", "tell what a block or a transaction did", explainOptions, async () => {
    const { explain } = await import("./debug/explain.ts");
    return explain;
  }),
  command("dumpdb", "write the genesis document of a kept state", dumpdbOptions, async () => {
    const { dumpdb } = await import("./debug/dumpdb.ts");
    return dumpdb;
  }),
  command("validator", "run a validator on its own", validatorOptions, async () => {
    const { validator } = await import("./debug/validator.ts");
    return validator;
  }),
  command("export-chain", "write the blocks of a data directory as a recorded chain", exportChainOptions, async () => {
    const { exportChain } = await import("./debug/export-chain.ts");
    return exportChain;
  }),
]);

const bundle = group("bundle", "make, show and check runtime bundles", [
  command(
    "create",
    "put a runtime into a bundle",
    createOptions,
    async () => {
      const { createBundle } = await import("./bundle/create.ts");
      return createBundle;
    },
    [
      `oasis-node bundle create --entry main.ts --id ${EXAMPLE_ID} -o runtime.orc`,
      "oasis-node bundle create --manifest manifest.json --files build",
    ],
  ),
  command("inspect", "show what a bundle holds", inspectOptions, async () => {
    const { inspectBundle } = await import("./bundle/inspect.ts");
    return inspectBundle;
  }),
  command("verify", "check form, digests and signatures of a bundle", verifyOptions, async () => {
    const { verifyBundle } = await import("./bundle/inspect.ts");
    return verifyBundle;
  }),
]);

const runtime = group("runtime", "try a runtime out", [
  command(
    "run",
    "run a bundle with a chain in memory",
    runOptions,
    async () => {
      const { runRuntime } = await import("./runtime/run.ts");
      return runRuntime;
    },
    [
      "oasis-node runtime run runtime.orc",
      `oasis-node runtime run runtime.orc --call insert --args '{"key": "a", "value": "b"}'`,
    ],
  ),
]);

const controlQuestions = [
  command("status", "show node status", controlOptions, async () => (await loadControl()).status, [
    "oasis-node control status -a unix:/node/data/internal.sock",
  ]),
  command(
    "is-synced",
    "exit with 0 if the node completed initial syncing, 1 if not",
    controlOptions,
    async () => (await loadControl()).isSynced,
  ),
  command(
    "wait-sync",
    "wait for the node to complete initial syncing",
    controlOptions,
    async () => (await loadControl()).waitSync,
  ),
  command(
    "is-ready",
    "exit with 0 if the node and its runtimes are ready, 1 if not",
    controlOptions,
    async () => (await loadControl()).isReady,
  ),
  command(
    "wait-ready",
    "wait for the node and its runtimes to be ready",
    controlOptions,
    async () => (await loadControl()).waitReady,
  ),
  command(
    "shutdown",
    "request node shutdown on next epoch transition",
    shutdownOptions,
    async () => (await loadControl()).shutdown,
  ),
];

const loadUpgrade = () => import("./control/upgrade.ts");

const control = group("control", "node control interface utilities", [
  command("add-bundle", "add runtime components from a bundle", addBundleOptions, async () => {
    const { addBundle } = await import("./control/add-bundle.ts");
    return addBundle;
  }),
  command(
    "cancel-upgrade",
    "cancel a pending upgrade unless it is already in progress",
    cancelOptions,
    async () => (await loadUpgrade()).cancelUpgrade,
  ),
  command("clear-deregister", "clear the forced node deregistration flag", clearDeregisterOptions, async () => {
    const { clearDeregister } = await import("./control/clear-deregister.ts");
    return clearDeregister;
  }),
  ...controlQuestions,
  command("runtime-stats", "show runtime statistics", runtimeStatsOptions, async () => {
    const { runtimeStats } = await import("./control/runtime-stats.ts");
    return runtimeStats;
  }),
  command(
    "upgrade-binary",
    "submit an upgrade descriptor to the node and request shutdown",
    upgradeOptions,
    async () => (await loadUpgrade()).upgradeBinary,
  ),
]);

const localnet = command(
  "localnet",
  "run a whole network with one ParaTime",
  localnetOptions,
  async () => {
    const { localnet: run } = await import("./localnet/run.ts");
    return run;
  },
  ["oasis-node localnet --demo", "oasis-node localnet --runtime runtime.orc --data-dir net --epoch-interval 100"],
);

export const root: CommandNode = program(
  "oasis-node",
  "Oasis Node: runs a node, or one of the commands",
  [bundle, control, debug, genesis, localnet, runtime],
  nodeOptions,
  async () => {
    const { runNode } = await import("./node/run.ts");
    return runNode;
  },
  [
    "oasis-node --config config.yml",
    "oasis-node localnet",
    "oasis-node control status -a unix:/node/data/internal.sock",
  ],
);
