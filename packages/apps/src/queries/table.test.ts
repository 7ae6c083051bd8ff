// The table of queries against the list of the node's methods, and each query on a recorded chain.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import { addressOfKey } from "@wadi/comet-types";
import { chainBytes, loadVector } from "@wadi/testing";
import { genesis, registry, staking } from "@wadi/types";
import { WadiError, fromHex, must } from "@wadi/util";

import { networkStateMachine, networkVerifier } from "../applications.ts";
import { beaconQueries } from "../beacon/queries.ts";
import { MemoryStateStore } from "../framework/state-store.ts";
import * as registryQueries from "../registry/queries.ts";
import { parseRecordedBlock } from "../replay/recorded-block.ts";
import { replayBlocks } from "../replay/replay.ts";
import { accountAddresses } from "../staking/state.ts";
import { otherMethods } from "./other-methods.ts";
import { answerQuery, type AnyQuery, type QueryBackend } from "./query.ts";
import { applicationQueries, serviceQueries } from "./table.ts";

interface MethodVector {
  readonly method: string;
  readonly service: string;
  readonly kind: "unary" | "server-stream";
  readonly request: string | null;
  readonly response: string | null;
}

const vector = loadVector<{ readonly methods: readonly MethodVector[] }>("node/grpc_methods");
const LAST = 100;
const EARLIER = 60;

test(
  "every method of the services of applications is in the table, or has a reason not to be",
  { skip: !vector },
  () => {
    const { methods } = must(vector);
    const services = new Set(Object.keys(serviceQueries));
    const expected = methods.filter(({ service }) => services.has(service)).map(({ method }) => method);
    const known = [...applicationQueries.keys(), ...otherMethods.keys()];
    assert.deepEqual(known.toSorted(), expected.toSorted());
    assert.equal(new Set(known).size, known.length, "no method twice");
  },
);

test("queries take and give what the methods do", { skip: !vector }, () => {
  for (const { method, kind, request, response } of must(vector).methods) {
    const query = applicationQueries.get(method);
    if (query === undefined) continue;
    assert.equal(kind, "unary", method);
    assert.equal(query.request === undefined, request === null, method);
    if (request?.startsWith("*")) assert.equal(lastPart(query.request?.name), lastPart(request), method);
    const answer = must(response, method);
    const isStruct = answer.startsWith("*") && !answer.endsWith("Quantity") && query.response.name !== "nullable";
    if (isStruct) assert.equal(lastPart(query.response.name), lastPart(answer), method);
    const empty = query.response.zero();
    if (answer.startsWith("[]")) assert.ok(empty === null || Array.isArray(empty), method);
    if (answer.startsWith("map")) assert.ok(empty instanceof Map, method);
    if (answer === "string") assert.equal(typeof empty, "string", method);
  }
});

function lastPart(name = ""): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function backend(json: Uint8Array, chain: Uint8Array): QueryBackend {
  const document = genesis.parseGenesis(json);
  const machine = networkStateMachine({
    document,
    quotes: {
      verifyQuote() {
        throw new RangeError("no quote expected");
      },
    },
    store: new MemoryStateStore(LAST),
    verifier: networkVerifier(document, { allowTestKeys: true }),
    debug: { dontBlameOasis: true, skipQuoteVerification: true, allowDebugEnclaves: true },
  });
  const lines = Buffer.from(chain).toString("utf8").split("\n").slice(0, LAST);
  const { difference } = replayBlocks(machine, lines.map(parseRecordedBlock));
  assert.equal(difference, undefined);
  return {
    document,
    lastHeight: machine.lastHeight,
    lastRetainedHeight: machine.initialHeight,
    stateAt: (height) => machine.stateAt(height),
    estimateGas: (signer, tx) => machine.estimateGas(signer, tx),
  };
}

/** A request for something that exists, where the state has such a thing. */
function requestOf(query: AnyQuery, from: QueryBackend, height: number): unknown {
  const state = from.stateAt(height);
  const [account] = accountAddresses(state);
  const [entity] = registryQueries.entities(state);
  const [node] = registryQueries.nodes(state);
  const runtimes = registryQueries.runtimes(state, true);
  const isManagers =
    query === serviceQueries["KeyManager.Churp"].Status || lastPart(query.request?.name) === "NamespaceQuery";
  const runtime =
    runtimes.find(({ kind }) => (kind === registry.runtimeKinds.keyManager) === isManagers) ?? runtimes[0];
  switch (lastPart(query.request?.name)) {
    case "OwnerQuery":
      return { height, owner: account };
    case "AllowanceQuery":
      return { height, owner: account, beneficiary: account };
    case "ThresholdQuery":
      return { height, kind: staking.thresholdKinds.entity };
    case "ConsensusAddressQuery":
      return { height, address: fromHex(addressOfKey(must(node).consensus.id)) };
    case "IDQuery":
      return { height, id: query === serviceQueries.Registry.GetEntity ? entity?.id : node?.id };
    case "NamespaceQuery":
    case "GetRuntimeQuery":
    case "GetRuntimesQuery":
      return { height, id: runtime?.id, includeSuspended: true };
    case "GetCommitteesRequest":
    case "RuntimeRequest":
    case "RoundRootsRequest":
    case "InMessageQueueRequest":
      return { height, runtimeId: runtime?.id, round: 1n, offset: 0n, limit: 0 };
    case "EstimateGasRequest":
      return { signer: must(entity).id, transaction: { nonce: 0n, fee: null, method: "staking.Transfer", body: null } };
    case "StatusQuery":
      return { height, runtimeId: runtime?.id, churpId: 0 };
    case "VaultQuery":
    case "AddressQuery":
      return { height, vault: account, address: account };
    case "ProposalQuery":
      return { height, id: 1n };
    default:
      if (query.request === undefined) return undefined;
      return typeof query.request.zero() === "bigint" ? beaconQueries.epoch(state).epoch : height;
  }
}

const json = chainBytes("workload/genesis.json");
const chain = chainBytes("workload/chain.jsonl");
let replayed: QueryBackend | undefined;
const workload = (): QueryBackend => (replayed ??= backend(must(json), must(chain)));

test(
  "every query answers for the last and an earlier height, in the form of its method",
  { skip: !chain || !json },
  () => {
    const from = workload();
    const refused = new Set<string>();
    for (const [method, query] of applicationQueries) {
      for (const height of [0, LAST, EARLIER]) {
        const request = requestOf(query, from, height);
        if (query.request !== undefined) {
          assert.ok(encodeCbor(query.request, request).length > 0, method);
        }
        try {
          const answer = answerQuery(query, from, request);
          const encoded = encodeCbor(query.response, answer);
          assert.deepEqual(encodeCbor(query.response, decodeCbor(query.response, encoded)), encoded, method);
        } catch (e) {
          assert.ok(e instanceof WadiError, `${method}: ${String(e)}`);
          refused.add(`${method} ${e.message}`);
        }
      }
    }
    assert.deepEqual([...refused].toSorted(), [
      "/oasis-core.KeyManager.Churp/Status keymanager: churp: no such status: no such scheme",
      "/oasis-core.Vault/AddressState vault: no such state: no withdraw policy for the address",
      "/oasis-core.Vault/Vault vault: no such vault: no such vault",
    ]);
  },
);

test("heights that are not kept, and those to come, are refused", { skip: !chain || !json }, () => {
  const from = workload();
  for (const height of [LAST + 1, 2 ** 40]) {
    assert.throws(() => answerQuery(serviceQueries.Staking.TotalSupply, from, height), WadiError);
  }
});

test("epochs are found at the heights they began", { skip: !chain || !json }, () => {
  const from = workload();
  const { GetEpoch, GetEpochBlock, GetNextEpoch } = serviceQueries.Beacon;
  let before: bigint | undefined;
  for (let height = 1; height <= LAST; height++) {
    const epoch = answerQuery(GetEpoch, from, height);
    if (height > 1) assert.equal(answerQuery(GetNextEpoch, from, height - 1), epoch, `after ${height - 1}`);
    if (before !== undefined && epoch !== before) assert.equal(answerQuery(GetEpochBlock, from, epoch), height);
    before = epoch;
  }
  assert.throws(() => answerQuery(GetEpochBlock, from, 1n << 40n), WadiError);
});
