// Transactions of every method against all applications: whatever a transaction says, it succeeds
// or is refused with a typed error, nothing is created or lost, and the block goes on. The states
// grow out of a recorded chain, the transactions out of recorded ones.
import assert from "node:assert/strict";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import {
  allApplications,
  BlockFailure,
  MemoryStateStore,
  MemoryUpgradeStore,
  networkStateMachine,
  networkVerifier,
  parseRecordedBlock,
  stakingApp,
  StateSchema,
  UpgradeManager,
  type BlockInput,
  type StateMachine,
} from "@wadi/apps";
import { assertStakingInvariants } from "@wadi/apps/testing";
import type { ConsensusAddress } from "@wadi/comet-types";
import { reservedAddresses, stakingAddress, testSigner, type Signer } from "@wadi/crypto";
import { genesis, signature, transaction } from "@wadi/types";
import { fromHex, must, utf8 } from "@wadi/util";

import { noQuotes } from "../suites/apps/no-quotes.ts";
import { chainBytes, loadVector } from "../vectors.ts";
import { Prng } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

interface RecordedChain {
  readonly genesis: unknown;
  readonly actors?: readonly { readonly seed: string }[];
  readonly blocks: readonly {
    readonly proposer_address: string;
    readonly txs: readonly { readonly raw: string }[];
  }[];
}

const economy = loadVector<RecordedChain>("apps/economy-chain");
const runtimes = loadVector<RecordedChain>("apps/runtime-replay-vrf-261");
/** Balances are added up after so many inputs, since that looks at every account. */
const CHECK_EVERY = 100;
/** What comes before the body in an input: who signs, what is wrong beside the body, which method. */
const HEADER_SIZE = 3;
const WRONG_NONCE = 1;
const NO_FEE = 2;
const LITTLE_GAS = 4;
const FEE: transaction.Fee = { amount: 1n, gas: 100_000n };

const methods = transaction.allMethods().filter(({ name }) => name !== transaction.methods.consensusMeta.name);

const signers: readonly Signer[] = (economy?.actors ?? []).map(({ seed }) => testSigner(seed));

/** Bodies of recorded transactions, a few of each method, as inputs. */
function recordedBodies(): Uint8Array[] {
  const byMethod = new Map<number, Uint8Array[]>();
  for (const { blocks } of [economy, runtimes].filter((file) => file !== undefined)) {
    for (const { raw } of blocks.flatMap(({ txs }) => txs)) {
      try {
        const signed = decodeCbor(transaction.SignedTransaction, fromHex(raw));
        const { method, body } = signature.decodeBlob(transaction.Transaction, signed);
        const index = methods.findIndex(({ name }) => name === method);
        const known = byMethod.get(index) ?? [];
        if (index >= 0 && known.length < 4) byMethod.set(index, [...known, body ?? new Uint8Array(0)]);
      } catch {
        // Some of the recorded ones are malformed on purpose.
      }
    }
  }
  return [...byMethod].flatMap(([index, bodies]) =>
    bodies.flatMap((body, i) =>
      [0, WRONG_NONCE, NO_FEE, LITTLE_GAS].map((flags) => Uint8Array.of(i + index, flags, index, ...body)),
    ),
  );
}

/** A machine in the middle of the recorded chain's life, which every input moves on by a block. */
class FuzzedNetwork {
  readonly #machine: StateMachine;
  readonly #context: ReturnType<typeof transaction.transactionContext>;
  readonly #proposer: ConsensusAddress;
  #inputs = 0;

  constructor(chain: RecordedChain) {
    const document = genesis.parseGenesis(JSON.stringify(chain.genesis));
    this.#machine = networkStateMachine({
      document,
      quotes: noQuotes,
      store: new MemoryStateStore(),
      verifier: networkVerifier(document, { allowTestKeys: true }),
      upgrader: new UpgradeManager({ store: new MemoryUpgradeStore() }),
    });
    this.#context = transaction.transactionContext(this.#machine.chainContext);
    this.#proposer = must(chain.blocks[0]).proposer_address as ConsensusAddress;
    this.#machine.initChain();
    this.#block([]);
  }

  /** Throws what refused the transaction. */
  run(who: Signer, method: string, body: Uint8Array, flags: number): void {
    const state = this.#machine.stateAt(0);
    const { nonce } = stakingApp.account(state, stakingAddress(who.publicKey)).general;
    const fee = (flags & LITTLE_GAS) === 0 ? FEE : { ...FEE, gas: 1300n };
    const sent: transaction.Transaction = {
      nonce: (flags & WRONG_NONCE) === 0 ? nonce : nonce + 1n,
      fee: (flags & NO_FEE) === 0 ? fee : null,
      method,
      body: body.length === 0 ? null : body,
    };
    const raw = encodeCbor(transaction.SignedTransaction, transaction.signTransaction(sent, this.#context, who));
    const checked = this.#machine.checkTransaction(raw);
    const estimated = this.#machine.estimateGas(who.publicKey, sent);
    const error = this.#block([raw]);
    if (++this.#inputs % CHECK_EVERY === 0) assertStakingInvariants(this.#machine.stateAt(0));
    assert.ok(estimated >= 0n);
    // What passes the check at this very state may still fail, but never for its nonce or envelope.
    if (checked.code !== 0 && checked.codespace === "consensus/transaction") assert.ok(error !== undefined);
    if (error !== undefined) throw error;
  }

  #block(txs: readonly Uint8Array[]): unknown {
    const machine = this.#machine;
    const height = machine.lastHeight === 0 ? machine.initialHeight : machine.lastHeight + 1;
    const input: BlockInput = {
      height,
      hash: "",
      time: { seconds: 1_767_323_051n + BigInt(height), nanos: 0 },
      proposerAddress: this.#proposer,
      lastCommit: machine.lastHeight === 0 ? [] : [{ address: this.#proposer, signed: true }],
      misbehavior: [],
      txs,
    };
    const { transactions } = machine.execute(input);
    machine.commit();
    return transactions[0]?.error;
  }
}

let network: FuzzedNetwork | undefined;

/** Sends a transaction to a network that lives until its last validator has gone. */
function send(...sent: Parameters<FuzzedNetwork["run"]>): void {
  network ??= new FuzzedNetwork(must(economy));
  try {
    network.run(...sent);
  } catch (e) {
    if (e instanceof BlockFailure && /failed to elect any validators/.test(e.message)) network = undefined;
    else throw e;
  }
}

function runTransaction(input: Uint8Array): void {
  const [who = 0, flags = 0, method = 0] = input;
  const { name } = must(methods[method % methods.length]);
  send(must(signers[who % signers.length]), name, input.subarray(HEADER_SIZE), flags);
}

const interesting = [
  0n,
  1n,
  5n,
  10n,
  100n,
  999n,
  1_000n,
  10_000n,
  1n << 32n,
  (1n << 63n) - 1n,
  (1n << 64n) - 1n,
] as const;
const HEX_ADDRESS = 42;

/** The value with some of its numbers, flags and addresses replaced by others that may occur. */
function varied(value: unknown, prng: Prng): unknown {
  if (value instanceof Uint8Array || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => varied(entry, prng));
  if (value instanceof Map)
    return new Map(Array.from(value, ([key, entry]) => [varied(key, prng), varied(entry, prng)]));
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value as object).map(([key, entry]) => [key, varied(entry, prng)]));
  }
  if (prng.below(3) > 0) return value;
  if (typeof value === "bigint") return prng.pick(interesting);
  if (typeof value === "number") return prng.below(5);
  if (typeof value === "boolean") return !value;
  if (typeof value !== "string" || value.length !== HEX_ADDRESS) return value;
  const addresses = [...signers.map(({ publicKey }) => stakingAddress(publicKey)), ...Object.values(reservedAddresses)];
  return prng.pick(addresses);
}

/** As `runTransaction`; what follows the header is the number from which the variation of a recorded body grows. */
function runVariation(input: Uint8Array): void {
  const [who = 0, flags = 0, which = 0] = input;
  const prng = new Prng(Buffer.from(input).reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7));
  bodies ??= recordedBodies();
  const recorded = must(bodies[(which * 4) % bodies.length]);
  const method = must(methods[recorded[HEADER_SIZE - 1] ?? 0]);
  const value = varied(decodeCbor(method.body, recorded.subarray(HEADER_SIZE)), prng);
  send(must(signers[who % signers.length]), method.name, encodeCbor(method.body, value), flags & 7);
}

let bodies: Uint8Array[] | undefined;

function runRecord(input: Uint8Array): void {
  parseRecordedBlock(Buffer.from(input).toString("utf8"));
}

function recordSeeds(): Uint8Array[] {
  const chain = chainBytes("staking/chain.jsonl");
  const [line = "{}"] = chain === undefined ? [] : Buffer.from(chain).toString("utf8").split("\n");
  return [utf8(line), utf8("{}")];
}

/** Keys of the state, decoded or described whatever they are. */
function runKey(input: Uint8Array): void {
  const key = Buffer.from(input.subarray(0, 120)).toString("latin1");
  const schema = stateSchema();
  schema.describeKey(key);
  schema.describeValue(key, Buffer.from(input.subarray(120)).toString("latin1"));
}

let described: StateSchema | undefined;
function stateSchema(): StateSchema {
  described ??= new StateSchema(allApplications({ quotes: noQuotes }));
  return described;
}

export const targets: readonly FuzzTarget[] =
  economy === undefined
    ? []
    : [
        {
          name: "apps/transactions",
          weight: 0.05,
          run: runTransaction,
          seeds: recordedBodies,
        },
        {
          name: "apps/variations",
          weight: 0.05,
          run: runVariation,
          seeds: () => Array.from({ length: 256 }, (_, i) => Uint8Array.of(i * 7, i % 8 === 0 ? i >> 3 : 0, i)),
        },
        { name: "apps/record", weight: 0.1, run: runRecord, seeds: recordSeeds },
        {
          name: "apps/state keys",
          weight: 0.2,
          run: runKey,
          seeds: () => stateSchema().declared.map(({ key }) => new Uint8Array(200).fill(key.prefix)),
        },
      ];
