// What the Go reference wrote into real chains is read and written again byte for byte: genesis
// documents, every transaction with its signature and body, every event, and state values.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, encodeCbor, proto, type Schema } from "@wadi/codec";
import { KeyBlacklist, SignatureVerifier } from "@wadi/crypto";
import { chainBytes } from "@wadi/testing";
import { fromBase64, fromHex, toHex } from "@wadi/util";

import { SignedEntity } from "../src/entity/entity.ts";
import { appOfEventType, lookupEvent } from "../src/events/attributes.ts";
import { genesisChainContext, parseGenesis, printGenesis } from "../src/genesis/genesis.ts";
import { MultiSignedNode } from "../src/node/node.ts";
import { NodeStatus } from "../src/registry/node-status.ts";
import { ConsensusParameters as RegistryParameters } from "../src/registry/parameters.ts";
import { Runtime } from "../src/registry/runtime.ts";
import { ConsensusParameters as RoothashParameters } from "../src/roothash/parameters.ts";
import { RuntimeState } from "../src/roothash/state.ts";
import { Account, Delegation } from "../src/staking/account.ts";
import { decodeBody, lookupMethod } from "../src/transaction/methods.ts";
import {
  openRawTransaction,
  SignedTransaction,
  Transaction,
  transactionContext,
} from "../src/transaction/transaction.ts";

interface RecordedBlock {
  readonly height: number;
  readonly block: string;
  readonly abci_responses: string;
  readonly writes: readonly (readonly [key: string, value: string | null])[];
}

const Data = proto.message("Data", { txs: proto.repeatedBytes(1) });
const Block = proto.message("Block", { data: proto.required(2, Data) });
const Attribute = proto.message("EventAttribute", { key: proto.string(1), value: proto.string(2) });
const Event = proto.message("Event", { type: proto.string(1), attributes: proto.repeated(2, Attribute) });
const BeginBlock = proto.message("ResponseBeginBlock", { events: proto.repeated(1, Event) });
const EndBlock = proto.message("ResponseEndBlock", { events: proto.repeated(3, Event) });
const DeliverTx = proto.message("ResponseDeliverTx", { events: proto.repeated(7, Event) });
const Responses = proto.message("ABCIResponses", {
  deliverTxs: proto.repeated(1, DeliverTx),
  endBlock: proto.optional(2, EndBlock),
  beginBlock: proto.optional(3, BeginBlock),
});

/** State values by the first byte of their key. */
const stateSchemas: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["10", SignedEntity],
  ["11", MultiSignedNode],
  ["13", Runtime],
  ["15", NodeStatus],
  ["16", RegistryParameters],
  ["18", Runtime],
  ["20", RuntimeState],
  ["21", RoothashParameters],
  ["50", Account],
  ["53", Delegation],
]);

function blocksOf(name: string): RecordedBlock[] | undefined {
  const bytes = chainBytes(`${name}/chain.jsonl`);
  const lines = bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8").trim().split("\n");
  return lines?.map((line) => JSON.parse(line) as RecordedBlock);
}

function assertSame<T>(schema: Schema<T>, bytes: Uint8Array, where: string): void {
  assert.equal(toHex(encodeCbor(schema, decodeCbor(schema, bytes))), toHex(bytes), where);
}

function assertTransaction(raw: Uint8Array, open: (raw: Uint8Array) => ReturnType<typeof openRawTransaction>): void {
  const { signed, transaction } = open(raw);
  assertSame(SignedTransaction, raw, "envelope");
  assertSame(Transaction, signed.untrustedRawValue ?? new Uint8Array(0), transaction.method);
  const method = lookupMethod(transaction.method);
  assert.ok(method, transaction.method);
  if (transaction.body === null) return;
  assert.equal(toHex(encodeCbor(method.body, decodeBody(method, transaction))), toHex(transaction.body), method.name);
}

/** Number of event attributes. */
function assertEvents({ beginBlock, deliverTxs, endBlock }: proto.Infer<typeof Responses>): number {
  const events = [beginBlock, ...deliverTxs, endBlock].flatMap((response) => response?.events ?? []);
  let count = 0;
  for (const { type, attributes } of events) {
    const app = appOfEventType(type);
    assert.ok(app, type);
    for (const { key, value } of attributes) {
      const kind = lookupEvent(app, key);
      assert.ok(kind, `${type} ${key}`);
      assert.equal(kind.encode(kind.decode(value)), value, `${type} ${key}`);
      count++;
    }
  }
  return count;
}

for (const name of ["staking", "paratime", "paratime-idle", "workload"]) {
  test(`the chain ${name} is read and written as it is`, (t) => {
    const blocks = blocksOf(name);
    const genesis = chainBytes(`${name}/genesis.json`);
    if (blocks === undefined || genesis === undefined) {
      t.skip("recorded chains are not at hand");
      return;
    }
    const document = parseGenesis(genesis);
    assert.equal(printGenesis(document), Buffer.from(genesis).toString("utf8"), "genesis");
    const context = transactionContext(genesisChainContext(document));
    const verifier = new SignatureVerifier({ blacklist: new KeyBlacklist({ allowTestKeys: true }) });
    const counts = { transactions: 0, events: 0, values: 0 };
    for (const { block, abci_responses, writes } of blocks) {
      for (const raw of Block.decode(fromBase64(block)).data.txs) {
        assertTransaction(raw, (bytes) => openRawTransaction(bytes, context, verifier));
        counts.transactions++;
      }
      counts.events += assertEvents(Responses.decode(fromBase64(abci_responses)));
      for (const [key, value] of writes) {
        const schema = stateSchemas.get(key.slice(0, 2)) as Schema<unknown> | undefined;
        if (schema === undefined || value === null) continue;
        assertSame(schema, fromHex(value), key);
        counts.values++;
      }
    }
    t.diagnostic(JSON.stringify(counts));
    assert.ok(counts.transactions > 40 && counts.events > 100 && counts.values > 80);
  });
}
