// Executing a recorded chain and comparing everything that was recorded.

import { ChangeRecorder, type Change } from "../framework/change-recorder.ts";
import { BlockFailure, reasonOf } from "../framework/errors.ts";
import type { ExecutedBlock } from "../framework/executed-block.ts";
import type { StateMachine } from "../framework/state-machine.ts";
import { differingKeys, findMismatch, type Difference } from "./difference.ts";
import type { ReplayBlock } from "./recorded-block.ts";

export interface ReplayOptions {
  /** What InitChain must give, hex. */
  readonly genesisRoot?: string;
  /** Stop after this height. */
  readonly stopAt?: number;
  /** Called after every block that agrees. */
  readonly onBlock?: (executed: ExecutedBlock) => void;
}

export interface ReplayReport {
  /** Blocks and transactions that agree. */
  readonly blocks: number;
  readonly transactions: number;
  readonly difference?: Difference;
}

/**
 * Replays blocks on a machine, from InitChain on if nothing is committed yet; blocks up to the
 * last committed height are skipped. Ends at the first difference, with the machine at the state
 * before that block. Throws what is no difference: malformed records and storage failures.
 */
export function replayBlocks(
  machine: StateMachine,
  blocks: Iterable<ReplayBlock>,
  options: ReplayOptions = {},
): ReplayReport {
  const { genesisRoot, stopAt = Infinity, onBlock } = options;
  let count = 0;
  let transactions = 0;
  if (machine.lastHeight === 0) {
    const { appHash } = machine.initChain();
    if (genesisRoot !== undefined && appHash !== genesisRoot) {
      return { blocks: 0, transactions: 0, difference: genesisDifference(machine, genesisRoot, appHash) };
    }
  }
  for (const block of blocks) {
    if (block.input.height <= machine.lastHeight) continue;
    if (block.input.height > stopAt) break;
    const difference = replayBlock(machine, block, onBlock);
    if (difference !== undefined) return { blocks: count, transactions, difference };
    count++;
    transactions += block.input.txs.length;
  }
  return { blocks: count, transactions };
}

function genesisDifference({ initialHeight }: StateMachine, expected: string, actual: string): Difference {
  return { height: initialHeight - 1, transaction: undefined, what: "genesis state root", expected, actual, keys: [] };
}

function replayBlock(
  machine: StateMachine,
  block: ReplayBlock,
  onBlock: ReplayOptions["onBlock"],
): Difference | undefined {
  const { input, expected } = block;
  let executed: ExecutedBlock;
  try {
    executed = machine.execute(input);
  } catch (e) {
    if (!(e instanceof BlockFailure)) throw e;
    return diagnose(machine, block, e);
  }
  if (findMismatch(executed, expected) !== undefined) return diagnose(machine, block, undefined);
  machine.commit();
  onBlock?.(executed);
  return undefined;
}

/** Executes the block once more, now noting what it changes and not stopping at wrong metadata. */
function diagnose(machine: StateMachine, { input, expected }: ReplayBlock, failure: unknown): Difference {
  const { height } = input;
  let recorder: ChangeRecorder | undefined;
  let executed: ExecutedBlock | undefined;
  let failed = failure;
  const before = machine.committedTree();
  const isFirst = machine.lastHeight === 0;
  try {
    executed = machine.executeTraced(input, {
      tracer: {},
      wrap: (tree) => (recorder = new ChangeRecorder(tree)),
    });
  } catch (e) {
    if (!(e instanceof BlockFailure)) throw e;
    failed = e;
  }
  const changes: readonly Change[] = recorder?.take() ?? [];
  machine.reset();
  const mismatch = (executed && findMismatch(executed, expected)) ?? {
    transaction: undefined,
    what: "execution",
    expected: "a valid block",
    actual: reasonOf(failed),
  };
  const { schema } = machine.applications;
  const around = { schema, before, changes, isFirst };
  const keys = expected.writes === undefined ? [] : differingKeys(expected.writes, around);
  return { height, ...mismatch, keys };
}
