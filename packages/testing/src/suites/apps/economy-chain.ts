// A recorded chain over all applications: every method of staking, fees, rewards, slashing,
// governance with an upgrade, vaults.
import assert from "node:assert/strict";
import {
  MemoryStateStore,
  MemoryUpgradeStore,
  UpgradeManager,
  beaconApp,
  blockResultsHash,
  networkStateMachine,
  networkVerifier,
  replayBlocks,
  type ExecutedBlock,
  type ReplayBlock,
  type StateMachine,
} from "@wadi/apps";
import type { AbciEvent, ConsensusAddress } from "@wadi/comet-types";
import type { PublicKey } from "@wadi/crypto";
import { genesis } from "@wadi/types";
import { fromHex, must, toBase64, toHex } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { describeDifference } from "./describe-difference.ts";
import { noQuotes } from "./no-quotes.ts";

const FILE = "apps/economy-chain";

interface RecordedEvent {
  readonly type: string;
  readonly attributes: readonly { readonly key: string; readonly value: string; readonly value_cbor_hex: string }[];
}
interface RecordedBlock {
  readonly height: number;
  readonly time_unix: number;
  readonly epoch_after: number;
  readonly proposer_address: string;
  readonly last_commit_votes: readonly { readonly address: string; readonly signed_last_block: boolean }[] | null;
  readonly misbehavior: readonly { readonly address: string; readonly height: number; readonly type: string }[] | null;
  readonly txs: readonly {
    readonly raw: string;
    readonly result: {
      readonly code: number;
      readonly codespace: string;
      readonly data: string;
      readonly gas_wanted: number;
      readonly gas_used: number;
      readonly events: readonly RecordedEvent[] | null;
    };
  }[];
  readonly begin_block_events: readonly RecordedEvent[] | null;
  readonly end_block_events: readonly RecordedEvent[] | null;
  readonly validator_updates: readonly { readonly pub_key: string; readonly power: number }[] | null;
  readonly results_hash: string;
  readonly events_root: string;
  readonly app_hash: string;
  readonly state_changes: readonly { readonly key: string; readonly value: string | null }[];
}
interface EconomyChain {
  readonly genesis: unknown;
  readonly genesis_app_hash: string;
  readonly chain_context: string;
  readonly blocks: readonly RecordedBlock[];
  readonly actors: readonly { readonly address: string }[];
}

function eventsOf(recorded: readonly RecordedEvent[] | null): AbciEvent[] {
  return (recorded ?? []).map(({ type, attributes }) => ({
    type,
    attributes: attributes.map(({ key, value, value_cbor_hex: cbor }) => {
      // The text is base64 of CBOR, except for the two custom forms, for which the file has no CBOR.
      if (cbor !== undefined && cbor !== "") assert.equal(value, toBase64(fromHex(cbor)), "value and its CBOR");
      return { key, value, index: false };
    }),
  }));
}

function replayBlockOf(block: RecordedBlock): ReplayBlock {
  return {
    input: {
      height: block.height,
      hash: `block ${block.height}`,
      time: { seconds: BigInt(block.time_unix), nanos: 0 },
      proposerAddress: block.proposer_address as ConsensusAddress,
      lastCommit: (block.last_commit_votes ?? []).map(({ address, signed_last_block: signed }) => ({
        address: address as ConsensusAddress,
        signed,
      })),
      misbehavior: (block.misbehavior ?? []).map(({ address, height, type }) => ({
        type: type === "DUPLICATE_VOTE" ? "duplicate-vote" : "light-client-attack",
        validatorAddress: address as ConsensusAddress,
        height,
      })),
      txs: block.txs.map(({ raw }) => fromHex(raw)),
    },
    expected: {
      stateRoot: block.app_hash,
      results: block.txs.map(({ result }) => ({
        code: result.code,
        codespace: result.codespace,
        data: fromHex(result.data),
        gasWanted: BigInt(result.gas_wanted),
        gasUsed: BigInt(result.gas_used),
        events: eventsOf(result.events),
      })),
      beginEvents: eventsOf(block.begin_block_events),
      endEvents: eventsOf(block.end_block_events),
      validatorUpdates: (block.validator_updates ?? []).map(({ pub_key: key, power }) => ({
        publicKey: key as PublicKey,
        power: BigInt(power),
      })),
      writes: block.state_changes.map(({ key, value }) => [key, value] as const),
    },
  };
}

function checkBlock(machine: StateMachine, block: RecordedBlock): void {
  let executed: ExecutedBlock | undefined;
  const onBlock = (result: ExecutedBlock): void => void (executed = result);
  const { difference } = replayBlocks(machine, [replayBlockOf(block)], { onBlock });
  if (difference !== undefined) assert.fail(describeDifference(difference));
  const result = must(executed);
  assert.equal(blockResultsHash(result.transactions), block.results_hash, "results hash");
  assert.equal(toHex(result.eventsRoot), block.events_root, "events root");
  const state = machine.stateAt(0);
  assert.equal(beaconApp.beaconTimeSource.epoch(state), BigInt(block.epoch_after), "epoch");
  for (const { key, value } of block.state_changes) {
    const stored = state.tree.get(fromHex(key));
    assert.equal(stored === undefined ? null : toHex(stored), value, `state key ${key}`);
  }
}

function replay(r: Recorder, file: EconomyChain): void {
  const document = genesis.parseGenesis(JSON.stringify(file.genesis));
  const machine = networkStateMachine({
    document,
    quotes: noQuotes,
    store: new MemoryStateStore(),
    verifier: networkVerifier(document, { allowTestKeys: true }),
    upgrader: new UpgradeManager({ store: new MemoryUpgradeStore() }),
  });
  r.case("chain context", () => assert.equal(machine.chainContext, file.chain_context));
  r.case("genesis", () => assert.equal(machine.initChain().appHash, file.genesis_app_hash));
  for (const block of file.blocks) r.case(`block ${block.height}`, () => checkBlock(machine, block));
}

export const suite: Suite = {
  file: FILE,
  run(r) {
    const file = loadVector<EconomyChain>(FILE);
    if (file !== undefined) replay(r, file);
  },
};
