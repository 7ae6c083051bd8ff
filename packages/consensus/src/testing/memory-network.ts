// A network of validators in one process: whole nodes over memory, connected with each other.
import { MemoryNetwork } from "@wadi/comet";
import { nodeSigner } from "@wadi/apps/testing";
import { MemorySigner, SignerRole, testSeed } from "@wadi/crypto";
import type { genesis } from "@wadi/types";

import {
  runValidator,
  type ValidatorIdentity,
  type ValidatorNode,
  type ValidatorOptions,
} from "../node/validator-node.ts";
import { noQuotes } from "./test-chain.ts";

/** The keys of a test validator, as `testGenesis` names them. */
export function memoryIdentity(name: string): ValidatorIdentity {
  return {
    node: nodeSigner(name, "id") as MemorySigner,
    consensus: nodeSigner(name, "consensus") as MemorySigner,
    vrf: new MemorySigner(testSeed(`${name}: vrf`), { role: SignerRole.vrf }),
  };
}

/** What networks of tests allow. */
export const testSwitches = {
  dontBlameOasis: true,
  allowTestKeys: true,
  skipQuoteVerification: false,
  allowDebugEnclaves: false,
} as const;

export interface MemoryNodes extends AsyncDisposable {
  readonly nodes: readonly ValidatorNode[];
  readonly network: MemoryNetwork;
}

/** Starts a validator for each name, each connected with all others. */
export async function startMemoryNodes(
  document: genesis.Document,
  names: readonly string[],
  options: (name: string) => Partial<ValidatorOptions> = () => ({}),
): Promise<MemoryNodes> {
  const network = new MemoryNetwork();
  await using resources = new AsyncDisposableStack();
  const nodes: ValidatorNode[] = [];
  for (const name of names) {
    const identity = memoryIdentity(name);
    const transport = network.join(name);
    const common = { document, identity, transport, quotes: noQuotes, debug: testSwitches };
    nodes.push(resources.use(await runValidator({ ...common, ...options(name) })));
  }
  network.connectAll();
  const owned = resources.move();
  return { nodes, network, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Resolves when the node has applied a block of this height; rejects if it stops before. */
export async function reached(node: ValidatorNode, height: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const end = node.engine.subscribe((notice) => {
    if (notice.kind === "block" && notice.applied.block.header.height >= height) resolve();
  });
  void node.stopped.then(({ error }) =>
    reject(new Error(`the node stopped at height ${node.host.machine.lastHeight}`, { cause: error })),
  );
  if (node.host.machine.lastHeight >= height) resolve();
  try {
    await promise;
  } finally {
    end();
  }
}
