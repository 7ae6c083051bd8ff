// A context for tests of rules: a tree in memory and an epoch that the test sets.
import type { Time } from "@wadi/codec";
import { NO_ADDRESS } from "@wadi/comet-types";
import { chainContext, SignatureVerifier } from "@wadi/crypto";
import { Overlay, RootType, Tree, type KeyValueTree } from "@wadi/mkvs";
import type { consensusGenesis } from "@wadi/types";

import { BlockContext, type BlockInfo } from "../framework/block-context.ts";
import { Context, type ContextMode, type Environment } from "../framework/context.ts";
import { MessageBus } from "../framework/messages.ts";
import { noDebugSwitches } from "../framework/ports.ts";
import { State } from "../framework/state.ts";

export interface TestContextOptions {
  readonly mode?: ContextMode;
  readonly tree?: KeyValueTree;
  /** What `blockEpoch` and `currentEpoch` answer. */
  readonly epoch?: bigint;
  /** The epoch of the block before; default: the same. */
  readonly lastEpoch?: bigint;
  readonly lastHeight?: number;
  readonly now?: Time;
  readonly block?: Partial<BlockInfo>;
  readonly maxBlockGas?: bigint;
  readonly parameters?: consensusGenesis.Parameters;
  readonly environment?: Partial<Environment>;
}

/** A context like those of a block far from the beginning of its chain. */
export function testContext(options: TestContextOptions = {}): Context {
  const { mode = "deliver", epoch = 1n, lastEpoch = epoch, lastHeight = 100 } = options;
  const now = options.now ?? { seconds: 1_580_461_674n, nanos: 0 };
  const tree = options.tree ?? Tree.empty(RootType.state);
  const committed = new State(new Overlay(tree));
  const info = { time: now, proposerAddress: NO_ADDRESS, lastCommit: [], misbehavior: [], ...options.block };
  const environment: Environment = {
    now,
    chainContext: chainContext("test chain"),
    initialHeight: 1,
    lastHeight,
    committed,
    lastStateRoot: new Uint8Array(32),
    parameters: options.parameters,
    baseEpoch: 0n,
    block: new BlockContext(info, options.maxBlockGas ?? 0n),
    bus: new MessageBus(),
    timeSource: {
      epoch: (state) => (state === committed ? lastEpoch : epoch),
      futureEpoch: () => undefined,
      baseEpoch: () => 0n,
    },
    verifier: new SignatureVerifier(),
    upgrader: undefined,
    local: { minGasPrice: 0n },
    debug: noDebugSwitches,
    tracer: undefined,
    ...options.environment,
  };
  return new Context(mode, environment, tree);
}
