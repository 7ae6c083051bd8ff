// Replays the recorded runs of small networks with runtimes: one suite for each file.
import assert from "node:assert/strict";
import { jsonRaw, parseTime, struct, type Time } from "@wadi/codec";
import {
  MemoryStateStore,
  MemoryUpgradeStore,
  UpgradeManager,
  beaconApp,
  exportGenesis,
  networkStateMachine,
  networkVerifier,
  replayBlocks,
  type ReplayBlock,
  type StateMachine,
} from "@wadi/apps";
import type { AbciEvent, ConsensusAddress } from "@wadi/comet-types";
import type { PublicKey } from "@wadi/crypto";
import { genesis } from "@wadi/types";
import { fromHex, must } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { loadTyped } from "../common/lossless.ts";
import { describeDifference } from "./describe-difference.ts";
import { noQuotes } from "./no-quotes.ts";

interface RecordedEvent {
  readonly type: string;
  readonly attrs: readonly { readonly k: string; readonly v: string }[];
}
interface RecordedTransaction {
  readonly raw: string;
  readonly code: number;
  readonly codespace?: string;
  readonly gas_wanted: number;
  readonly gas_used: number;
  readonly events?: readonly RecordedEvent[];
}
interface RecordedBlock {
  readonly note?: string;
  readonly height: number;
  readonly time: string;
  readonly proposer_address: string;
  readonly last_commit: readonly { readonly address: string; readonly signed: boolean }[];
  readonly misbehavior?: readonly { readonly type: number; readonly address: string; readonly height: number }[];
  readonly txs: readonly RecordedTransaction[];
  readonly begin_block_events?: readonly RecordedEvent[];
  readonly end_block_events?: readonly RecordedEvent[];
  readonly validator_updates?: readonly { readonly consensus_key: string; readonly power: number }[];
  readonly app_hash: string;
  readonly state_set?: readonly (readonly [key: string, value: string])[];
  readonly state_removed?: readonly string[];
}
interface RuntimeReplay {
  readonly chain_context: string;
  readonly init_chain_app_hash: string;
  readonly blocks: readonly RecordedBlock[];
}

const GenesisMember = struct("replay", { genesis: jsonRaw });

const DUPLICATE_VOTE = 1;

function eventsOf(recorded: readonly RecordedEvent[] = []): AbciEvent[] {
  return recorded.map(({ type, attrs }) => ({
    type,
    attributes: attrs.map(({ k, v }) => ({ key: k, value: v, index: false })),
  }));
}

function resultOf(tx: RecordedTransaction): NonNullable<ReplayBlock["expected"]["results"]>[number] {
  return {
    code: tx.code,
    codespace: tx.codespace ?? "",
    // Not recorded; every method answers null, and nothing where it is refused.
    data: tx.code === 0 ? Uint8Array.of(0xf6) : new Uint8Array(0),
    gasWanted: BigInt(tx.gas_wanted),
    gasUsed: BigInt(tx.gas_used),
    events: eventsOf(tx.events),
  };
}

function replayBlockOf(block: RecordedBlock): ReplayBlock {
  const time: Time = must(parseTime(block.time));
  return {
    input: {
      height: block.height,
      hash: `block ${block.height}`,
      time,
      proposerAddress: block.proposer_address as ConsensusAddress,
      lastCommit: block.last_commit.map(({ address, signed }) => ({ address: address as ConsensusAddress, signed })),
      misbehavior: (block.misbehavior ?? []).map(({ type, address, height }) => ({
        type: type === DUPLICATE_VOTE ? "duplicate-vote" : "light-client-attack",
        validatorAddress: address as ConsensusAddress,
        height,
      })),
      txs: block.txs.map(({ raw }) => fromHex(raw)),
    },
    expected: {
      stateRoot: block.app_hash,
      results: block.txs.map(resultOf),
      beginEvents: eventsOf(block.begin_block_events),
      endEvents: eventsOf(block.end_block_events),
      validatorUpdates: (block.validator_updates ?? []).map(({ consensus_key: key, power }) => ({
        publicKey: key as PublicKey,
        power: BigInt(power),
      })),
      writes: [...(block.state_set ?? []), ...(block.state_removed ?? []).map((key) => [key, null] as const)],
    },
  };
}

function machineOf(document: genesis.Document): StateMachine {
  return networkStateMachine({
    document,
    quotes: noQuotes,
    store: new MemoryStateStore(),
    verifier: networkVerifier(document, { allowTestKeys: true }),
    upgrader: new UpgradeManager({ store: new MemoryUpgradeStore() }),
  });
}

/** A block that differs fails its case, and all after it: they have no state to start from. */
function replay(r: Recorder, document: genesis.Document, file: RuntimeReplay): void {
  const machine = machineOf(document);
  r.case("chain context", () => assert.equal(machine.chainContext, file.chain_context));
  r.case("genesis", () => assert.equal(machine.initChain().appHash, file.init_chain_app_hash));
  for (const block of file.blocks) {
    r.case(`block ${block.height} ${block.note ?? ""}`, () => {
      const { difference } = replayBlocks(machine, [replayBlockOf(block)]);
      if (difference !== undefined) assert.fail(describeDifference(difference));
    });
  }
}

/** Epochs of the documents exceed what a JavaScript number holds. */
function documentOf(file: string): genesis.Document {
  return genesis.parseGenesis(must(loadTyped(file, GenesisMember).genesis));
}

/** The document that the last state of a replay gives. */
export function exportedFrom(file: string): genesis.Document {
  const document = documentOf(file);
  const machine = machineOf(document);
  const { blocks } = must(loadVector<RuntimeReplay>(file));
  const { difference } = replayBlocks(machine, blocks.map(replayBlockOf));
  assert.equal(difference, undefined);
  const { time } = replayBlockOf(must(blocks.at(-1))).input;
  return exportGenesis(machine.stateAt(0), {
    applications: machine.applications.ordered,
    timeSource: beaconApp.beaconTimeSource,
    document,
    height: machine.lastHeight,
    time,
  });
}

export function runtimeReplaySuite(file: string, more?: (r: Recorder, document: genesis.Document) => void): Suite {
  return {
    file,
    run(r) {
      const loaded = loadVector<RuntimeReplay>(file);
      if (loaded === undefined) return;
      const document = documentOf(file);
      replay(r, document, loaded);
      more?.(r, document);
    },
  };
}
