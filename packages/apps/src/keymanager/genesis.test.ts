import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { churp, genesis, keymanager, secrets } from "@wadi/types";

import { parameters, runtimeOf } from "../registry/testing/test-network.ts";
import { DEFAULT_PARAMETERS } from "./churp/genesis.ts";
import { HANDOFFS_DISABLED } from "./churp/handoff.ts";
import { allStatuses, parameters as churpParameters } from "./churp/state.ts";
import { exportGenesis, initChain } from "./genesis.ts";
import { secrets as secretQueries, churp as churpQueries } from "./queries.ts";
import { statuses } from "./secrets/state.ts";
import { KeyManagerNetwork, alpha, digest, hashOfByte, keyManagerId } from "./testing/key-manager-network.ts";

const unknownId = `c${"3".repeat(63)}` as typeof keyManagerId;
const gasCosts = new Map([["update_policy", 5n]]);

function documentOf(section: Partial<keymanager.Genesis>, runtimes = [keyManager]): genesis.Document {
  const zero = genesis.Document.zero();
  return {
    ...zero,
    registry: { ...zero.registry, params: parameters, runtimes },
    keymanager: create(keymanager.Genesis, { params: { gasCosts }, ...section }),
  };
}

const keyManager = runtimeOf({ id: keyManagerId, kind: 2 });

/** InitChain, before which nothing has been committed. */
function imported(document: genesis.Document) {
  const network = new KeyManagerNetwork();
  const ctx = network.context("init-chain", { environment: { committed: undefined } });
  initChain(ctx, document);
  return { network, state: network.state, kinds: ctx.events.map(([{ kind }]) => kind.kind) };
}

const status = create(secrets.Status, { id: keyManagerId, isInitialized: true, checksum: digest(1) });
const scheme = create(churp.Status, {
  id: 1,
  runtimeId: keyManagerId,
  handoffInterval: 3n,
  handoff: 9n,
  nextHandoff: 12n,
  nextChecksum: hashOfByte(1),
  applications: new Map([[alpha.id.publicKey, { checksum: hashOfByte(2), reconstructed: true }]]),
});

test("statuses of active key managers are imported, others are dropped", () => {
  const { state, kinds } = imported(documentOf({ statuses: [status, { ...status, id: unknownId }] }));
  assert.deepEqual(statuses(state), [status]);
  assert.deepEqual(kinds, ["status"]);
  assert.deepEqual(secretQueries.consensusParameters(state), { gasCosts });
  const broken = { ...keyManager, v: 2 };
  assert.deepEqual(statuses(imported(documentOf({ statuses: [status] }, [broken])).state), []);
  assert.deepEqual(imported(documentOf({})).kinds, []);
});

test("a genesis status has no committee, not even an empty one", () => {
  const document = documentOf({ statuses: [status, { ...status, nodes: [] }] });
  assert.throws(() => imported(document), /keymanager\.statuses\[1\]\.nodes/);
});

test("schemes rest after an import: the epoch after the invalid one is 0", () => {
  const section = { params: { gasCosts: new Map() }, statuses: [scheme, { ...scheme, id: 2, handoffInterval: 0n }] };
  const { state, kinds } = imported(documentOf({ churp: section }));
  const [enabled, disabled] = allStatuses(state);
  assert.deepEqual(enabled, { ...scheme, nextHandoff: 0n, nextChecksum: null, applications: new Map() });
  assert.equal(disabled?.nextHandoff, HANDOFFS_DISABLED);
  assert.deepEqual(kinds, ["keymanager/churp.update", "keymanager/churp.update"]);
  assert.deepEqual(churpParameters(state), DEFAULT_PARAMETERS, "not those of the document");
});

test("a scheme of an unknown key manager fails", () => {
  const statusesOf = [scheme, { ...scheme, runtimeId: unknownId }];
  const document = documentOf({ churp: { params: DEFAULT_PARAMETERS, statuses: statusesOf } });
  assert.throws(() => imported(document), /keymanager\.churp\.statuses\[1\]\.runtime_id/);
});

test("an export leaves out committees and handoffs under way, and can be imported", () => {
  const { network, state } = imported(documentOf({ statuses: [status] }));
  network.setKeyManager({});
  network.setMember(alpha, { checksum: digest(1) });
  network.nextEpoch();
  assert.deepEqual(statuses(state)[0]?.nodes, [alpha.id.publicKey]);
  const exported = exportGenesis(state);
  assert.deepEqual(exported.statuses, [status]);
  assert.deepEqual(exported.churp?.statuses, []);
  const again = imported(documentOf(exported));
  assert.deepEqual(exportGenesis(again.state), {
    ...exported,
    churp: { ...exported.churp, params: DEFAULT_PARAMETERS },
  });
});

test("an export disables handoffs", () => {
  const { state } = imported(documentOf({ churp: { params: DEFAULT_PARAMETERS, statuses: [scheme] } }));
  const [exported] = exportGenesis(state).churp?.statuses ?? [];
  assert.equal(exported?.nextHandoff, HANDOFFS_DISABLED);
  assert.equal(exported.handoffInterval, 3n);
});

test("queries refuse what is not there with the codes of the service", () => {
  const { state } = imported(documentOf({}));
  assert.throws(() => secretQueries.status(state, keyManagerId), { module: "keymanager", code: 2 });
  assert.throws(() => secretQueries.masterSecret(state, keyManagerId), { module: "keymanager", code: 3 });
  assert.throws(() => secretQueries.ephemeralSecret(state, keyManagerId), { module: "keymanager", code: 4 });
  const identity = { id: 1, runtimeId: keyManagerId };
  assert.throws(() => churpQueries.status(state, identity), { module: "keymanager/churp", code: 1 });
  assert.deepEqual(churpQueries.statuses(state, keyManagerId), []);
});
