// The state that random blocks are tried on: a recorded chain's, after some of its blocks, with
// accounts and validators of the fuzzer beside those of the recording.
import { decodeCbor } from "@wadi/codec";
import { addressOfKey } from "@wadi/comet-types";
import { stakingAddress, testSigner, type Address, type ChainContext, type Signer } from "@wadi/crypto";
import type { Tree } from "@wadi/mkvs";
import { genesis, signature, staking, transaction, vault, type registry } from "@wadi/types";
import { must } from "@wadi/util";

import { networkStateMachine, networkVerifier } from "../applications.ts";
import type { CommitVote } from "../framework/block-context.ts";
import type { StateMachine } from "../framework/state-machine.ts";
import { MemoryStateStore, type StateStore } from "../framework/state-store.ts";
import { parseRecordedBlock, type ReplayBlock } from "../replay/recorded-block.ts";
import { nodeSigner, validatorDescriptors } from "./validators.ts";

export const ACTORS: readonly string[] = Array.from({ length: 6 }, (_, i) => `fuzz ${i}`);
/** Those of the actors whose nodes are validators; the first proposes. */
export const VALIDATORS: readonly string[] = ACTORS.slice(0, 3);
const BALANCE = 10n ** 15n;
/** Enough to decide every vote. */
const STAKE = 10n ** 17n;

const noQuotes: registry.QuoteVerifier = {
  verifyQuote() {
    throw new RangeError("no quote expected");
  },
};

/** Where random blocks begin. */
export interface FuzzSeed {
  readonly document: genesis.Document;
  readonly chainContext: ChainContext;
  readonly tree: Tree;
  /** The last block it was made with. */
  readonly last: ReplayBlock["input"];
  /** Transactions that the recording goes on with, raw. */
  readonly following: readonly Uint8Array[];
  /** Bodies of all recorded transactions by method. */
  readonly bodies: ReadonlyMap<string, readonly Uint8Array[]>;
  readonly votes: readonly CommitVote[];
}

export function actor(name: string): Signer {
  return testSigner(`account of ${name}`);
}

/** Delegations to a validator: its own, and smaller ones of all other actors. */
function delegationsTo(owner: Address): Map<Address, staking.Delegation> {
  const others = ACTORS.map((name) => stakingAddress(actor(name).publicKey)).filter((address) => address !== owner);
  const share = STAKE / 100n;
  const own: readonly [Address, staking.Delegation] = [owner, { shares: STAKE - share * BigInt(others.length) }];
  return new Map([own, ...others.map((other) => [other, { shares: share }] as const)]);
}

/** The recorded document, with the actors in it and with parameters under which more happens. */
function fuzzDocument(recorded: genesis.Document): genesis.Document {
  const { governance, registry, staking: before } = recorded;
  const ledger = new Map(before.ledger);
  const delegations = new Map(before.delegations);
  let totalSupply = before.totalSupply;
  for (const name of ACTORS) {
    const owner = stakingAddress(actor(name).publicKey);
    const zero = staking.Account.zero();
    const active = VALIDATORS.includes(name) ? { balance: STAKE, totalShares: STAKE } : zero.escrow.active;
    ledger.set(owner, { ...zero, general: { ...zero.general, balance: BALANCE }, escrow: { ...zero.escrow, active } });
    if (active.balance > 0n) delegations.set(owner, delegationsTo(owner));
    totalSupply += BALANCE + active.balance;
  }
  const descriptors = VALIDATORS.map((name) => validatorDescriptors(name, actor(name)));
  const params = { ...vault.ConsensusParameters.zero(), enabled: true, maxAuthorityAddresses: 8 };
  return {
    ...recorded,
    staking: { ...before, ledger, delegations, totalSupply },
    registry: {
      ...registry,
      params: { ...registry.params, maxNodeExpiration: 2_000_000n },
      entities: [...(registry.entities ?? []), ...descriptors.map((one) => one.entity)],
      nodes: [...(registry.nodes ?? []), ...descriptors.map((one) => one.node)],
    },
    governance: {
      ...governance,
      params: {
        ...governance.params,
        votingPeriod: 1n,
        upgradeMinEpochDiff: 3n,
        upgradeCancelMinEpochDiff: 2n,
        allowVoteWithoutEntity: true,
      },
    },
    vault: { ...vault.Genesis.zero(), params },
  };
}

function machineOn(document: genesis.Document, store: StateStore, more: object): StateMachine {
  return networkStateMachine({
    document,
    quotes: noQuotes,
    // Every block: what it checks beyond the supply are the indices and claims of all applications.
    supplementarySanity: { interval: 1, random: () => 0 },
    store,
    verifier: networkVerifier(document, { allowTestKeys: true }),
    debug: { dontBlameOasis: true, skipQuoteVerification: true, allowDebugEnclaves: true },
    ...more,
  });
}

/** Executes the first `blocks` blocks of a recording on the document with the actors. */
export function fuzzSeed(json: Uint8Array, chain: Uint8Array, blocks: number): FuzzSeed {
  const recorded = genesis.parseGenesis(json);
  const chainContext = genesis.genesisChainContext(recorded);
  const document = fuzzDocument(recorded);
  const lines = Buffer.from(chain).toString("utf8").split("\n");
  const all = lines.filter((line) => line !== "").map(parseRecordedBlock);
  const store = new MemoryStateStore();
  const machine = machineOn(document, store, { chainContext });
  machine.initChain();
  for (const { input } of all.slice(0, blocks)) {
    // The recorded metadata state roots of another state; nothing stops at them when watching.
    machine.executeTraced(input, { tracer: {} });
    machine.commit();
  }
  const { input: last } = must(all[blocks - 1]);
  const votes = VALIDATORS.map((name) => ({
    address: addressOfKey(nodeSigner(name, "consensus").publicKey),
    signed: true,
  }));
  return {
    document,
    chainContext,
    tree: must(store.at(BigInt(last.height))),
    last,
    following: all.slice(blocks, blocks + 40).flatMap(({ input }) => input.txs),
    bodies: bodiesByMethod(all),
    votes: [...last.lastCommit, ...votes],
  };
}

function bodiesByMethod(chain: readonly ReplayBlock[]): Map<string, Uint8Array[]> {
  const bodies = new Map<string, Uint8Array[]>();
  for (const raw of chain.flatMap(({ input }) => input.txs)) {
    const signed = decodeCbor(transaction.SignedTransaction, raw);
    const { method, body } = signature.decodeBlob(transaction.Transaction, signed);
    if (body !== null) bodies.set(method, [...(bodies.get(method) ?? []), body]);
  }
  return bodies;
}

/** A machine that continues from the seed; machines of one seed do not see each other. */
export function machineFrom({ document, chainContext, tree, last }: FuzzSeed): StateMachine {
  const own = new MemoryStateStore();
  const first = BigInt(last.height);
  const store: StateStore = {
    get latest() {
      return own.latest ?? first;
    },
    empty: () => own.empty(),
    at: (height) => own.at(height) ?? (height === first ? tree.copy() : undefined),
    commit: (changed, height) => own.commit(changed, height),
  };
  return machineOn(document, store, { chainContext, lastBlockTime: last.time });
}
