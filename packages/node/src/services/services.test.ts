// The services of a validator, called over its socket.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  Beacon,
  Consensus,
  DebugController,
  LightClientStatus,
  NodeController,
  P2PStatus,
  Registry,
  RootHash,
  RuntimeClient,
  StorageWorker,
  committeeStates,
  peerIdOf,
  unservedMethods,
} from "@wadi/api";
import { encodeCbor } from "@wadi/codec";
import { EvidenceMessage, decodeLightBlock, evidenceHash, evidenceToMessage, type Block } from "@wadi/comet-types";
import { accountAddress, accountSigner, doubleVote, testGenesis, testIdentity } from "@wadi/consensus/testing";
import { noQuotes, testSwitches } from "@wadi/consensus/testing";
import { sha256 } from "@wadi/crypto";
import { ErrRpc, RpcConnection, service, unary } from "@wadi/rpc";
import { Logging } from "@wadi/telemetry";
import { loadVector } from "@wadi/testing";
import {
  consensus,
  registry,
  roothash,
  serviceErrors,
  staking,
  transaction,
  upgrade,
  version,
  type Namespace,
  type PublicKey,
} from "@wadi/types";
import { WadiError, fromHex, isError, must, toHex, type ErrorKind } from "@wadi/util";

import type { RunningNode } from "../node.ts";
import type { NodeOptions } from "../node-options.ts";
import { runNode } from "../run-node.ts";

const UNIMPLEMENTED = 12;
const { methods } = transaction;
const scratch = mkdtempSync(join(tmpdir(), "wadi-services-"));
let node: RunningNode;
let connection: RpcConnection;

function testNode(name: string, more: Pick<NodeOptions, "mode"> & Partial<NodeOptions>): Promise<RunningNode> {
  const dataDir = join(scratch, name);
  return runNode({
    document: testGenesis({
      validators: ["a"],
      accounts: { alice: 1_000_000n },
      epochInterval: 10n,
      beacon: "insecure",
    }),
    dataDir,
    identity: testIdentity(dataDir, "a"),
    bundles: [],
    entityId: accountSigner("a").publicKey,
    addresses: { p2pAddresses: [], consensusAddresses: [] },
    debug: testSwitches,
    debugSigner: accountSigner("a"),
    quotes: noQuotes,
    engine: { proofBlocks: false, emptyBlocksIntervalMs: 100 },
    logging: new Logging({ format: "logfmt", thresholds: { default: "error" }, write: () => undefined }),
    ...more,
  });
}

before(async () => {
  node = await testNode("node", { mode: "validator" });
  connection = new RpcConnection(`unix:${node.socket}`);
});
after(async () => {
  connection.close();
  await node[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true, force: true });
});

/** Has the next block made. */
async function makeBlock(): Promise<void> {
  const body = encodeCbor(staking.Transfer, { to: accountAddress("bob"), amount: 1n });
  await node.consensus.submit(accountSigner("alice"), { method: methods.stakingTransfer.name, body });
}

/** The first items of a stream; `act` runs when the first one is here. */
async function firstOf<T>(items: AsyncIterable<T>, count: number, act?: () => Promise<void>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) {
    found.push(item);
    if (found.length === 1) await act?.();
    if (found.length === count) break;
  }
  return found;
}

/** Served only where there are runtimes. */
const withRuntimes: ReadonlySet<string> = new Set(["/oasis-core.StorageWorker/GetLastSyncedRound"]);

const file = loadVector<{ readonly methods: readonly { readonly method: string }[] }>("node/grpc_methods");

test("every method is answered or is on the list of those that are not", { skip: file === undefined }, () => {
  const all = must(file).methods.map(({ method }) => method);
  const missing = all.filter((one) => !node.methods.has(one) && !withRuntimes.has(one));
  assert.deepEqual(missing, [...unservedMethods.keys()]);
  const own = [...node.methods].filter((one) => !all.includes(one));
  assert.deepEqual(own, [], "and none is made up");
});

test("methods that are not served are answered with the status for that", async () => {
  for (const method of [...unservedMethods.keys(), "/oasis-core.Nonsense/Nothing", "/oasis-core.Beacon/Nothing"]) {
    const [, name = "", key = ""] = /^\/oasis-core\.(.*)\/(.*)$/.exec(method) ?? [];
    const call = must(connection.of(service(name, { [key]: unary() }))[key]);
    await assert.rejects(
      call(),
      (e) => e instanceof WadiError && isError(e, ErrRpc) && e.data?.["status"] === UNIMPLEMENTED,
      method,
    );
  }
  const storage = connection.of(StorageWorker);
  await assert.rejects(storage.GetLastSyncedRound({ runtimeId: "0".repeat(64) as Namespace }));
});

test("streams give how things are first, and then what changes", { timeout: 120_000 }, async () => {
  const registry = connection.of(Registry);
  const nodes = await firstOf(registry.WatchNodeList(), 2, async () => {
    for (const { latestEpoch: epoch } = node.backend.status(); node.backend.status().latestEpoch === epoch;) {
      await makeBlock();
    }
  });
  assert.deepEqual(
    nodes.map((list) => list.nodes?.map(({ id }) => id)),
    [[node.identity.node.publicKey], [node.identity.node.publicKey]],
  );
  const [epoch, next] = await firstOf(connection.of(Beacon).WatchEpochs(), 2, async () => {
    for (const { latestEpoch: now } = node.backend.status(); node.backend.status().latestEpoch === now;) {
      await makeBlock();
    }
  });
  assert.equal(must(next) - must(epoch), 1n);
});

test("a stream of blocks waits for a runtime that is not registered", async () => {
  const unknown = `80${"0".repeat(62)}` as Namespace;
  const controller = new AbortController();
  const blocks = connection.of(RootHash).WatchBlocks(unknown, { signal: controller.signal });
  const end = assert.rejects(firstOf(blocks, 1), { message: "enough" });
  for (let i = 0; i < 3; i++) await makeBlock();
  controller.abort(new Error("enough"));
  await end;
});

test("a node waits for a runtime that is not registered, says so, and is not ready", async () => {
  const runtimeId = `80${"00".repeat(30)}09` as Namespace;
  await using waiting = await testNode("waiting", { mode: "compute", validator: true, runtimes: [runtimeId] });
  using to = new RpcConnection(`unix:${waiting.socket}`);
  const { committee, descriptor } = must((await to.of(NodeController).GetStatus()).runtimes.get(runtimeId));
  assert.deepEqual([committee?.status, descriptor], [committeeStates.waitingRuntimeRegistry, null]);
  assert.equal(await to.of(NodeController).IsReady(), false);
  const client = to.of(RuntimeClient);
  const { ErrRuntimeClientNotFound } = serviceErrors;
  await assert.rejects(client.GetLastRetainedBlock(runtimeId), (e) => isError(e, ErrRuntimeClientNotFound));
  const blocks = client.WatchBlocks(runtimeId)[Symbol.asyncIterator]();
  const first = blocks.next().then(
    () => "a block",
    () => "the end of the connection",
  );
  const body = encodeCbor(staking.Transfer, { to: accountAddress("bob"), amount: 1n });
  const transfer = { method: methods.stakingTransfer.name, body };
  const next = waiting.consensus.submit(accountSigner("alice"), transfer).then(() => "nothing");
  assert.equal(await Promise.race([first, next]), "nothing");
});

test("a transaction that is not waited for is refused at once where the mempool refuses it", async () => {
  const service = connection.of(Consensus);
  const broken = transaction.SignedTransaction.zero();
  await assert.rejects(service.SubmitTxNoWait(broken), /signed: signature verification failed/);
});

test("evidence of two votes is taken in, and goes into a block", { timeout: 120_000 }, async () => {
  const service = connection.of(Consensus);
  await makeBlock();
  const { latestHeight } = node.backend;
  const [{ header }, next] = [latestHeight - 1, latestHeight].map((height) => node.backend.engineBlock(height)) as [
    Block,
    Block,
  ];
  const { validatorSet: validators } = decodeLightBlock(must(node.backend.lightBlock(header.height).meta));
  const evidence = doubleVote({ header, blockId: must(next.lastCommit).blockId, validators: must(validators) }, "a");
  const meta = EvidenceMessage.encode(evidenceToMessage(evidence));
  await service.SubmitEvidence({ meta });
  const found = (): string[] => {
    const heights = Array.from({ length: node.backend.latestHeight }, (_, i) => i + 1);
    return heights.flatMap((height) => node.backend.engineBlock(height).evidence).map(evidenceHash);
  };
  while (found().length === 0) await makeBlock();
  assert.deepEqual(found(), [evidenceHash(evidence)]);
  await service.SubmitEvidence({ meta }); // Known evidence is no failure.

  const refusals = [
    [Uint8Array.of(1, 2, 3), /cometbft: malformed evidence while unmarshalling: /],
    [new Uint8Array(0), /cometbft: malformed evidence while converting: /],
    [
      EvidenceMessage.encode(evidenceToMessage({ ...evidence, totalVotingPower: 77n })),
      /cometbft: broadcast evidence failed: /,
    ],
  ] as const;
  for (const [bytes, text] of refusals)
    await assert.rejects(service.SubmitEvidence({ meta: bytes }), { message: text });
});

test("upgrades are announced, shown, and cancelled", async () => {
  const control = connection.of(NodeController);
  const descriptor: upgrade.Descriptor = {
    v: upgrade.UPGRADE_DESCRIPTOR_VERSION,
    handler: "some-upgrade",
    target: { consensusProtocol: version(7), runtimeHostProtocol: version(5, 1), runtimeCommitteeProtocol: version(5) },
    epoch: 1_000_000n,
  };
  const pending = async (): Promise<readonly unknown[]> =>
    ((await control.GetStatus()).pendingUpgrades ?? []).map((one) => one?.descriptor);
  assert.deepEqual(await pending(), []);
  await control.UpgradeBinary(descriptor);
  assert.deepEqual(await pending(), [descriptor]);
  await assert.rejects(control.UpgradeBinary(descriptor), (e) => isBare(e, upgrade.ErrAlreadyPending));
  await control.CancelUpgrade({ ...descriptor, epoch: 5n }); // Another one, which is not known.
  assert.deepEqual(await pending(), [descriptor]);
  await control.CancelUpgrade(descriptor);
  assert.deepEqual(await pending(), []);
});

test("the status names the node to its peers, of which there are none", async () => {
  const { p2p } = await connection.of(Consensus).GetStatus();
  const { pubKey, peerId, peers } = must(p2p);
  assert.equal(pubKey, node.identity.p2p.publicKey);
  assert.equal(peerId, toHex(sha256(fromHex(pubKey))).slice(0, 40));
  assert.deepEqual(peers, []);
});

test("the node's status has all parts of the reference's, also those that peers would fill", async () => {
  const { debug, lightClient, p2p } = await connection.of(NodeController).GetStatus();
  const { publicKey: pubKey } = node.identity.p2p;
  assert.deepEqual(debug, { enabled: true, allowRoot: true });
  assert.deepEqual(lightClient, LightClientStatus.zero());
  assert.deepEqual(p2p, { ...P2PStatus.zero(), pubKey, peerId: peerIdOf(pubKey) });
});

test("failures of what operators ask for say what failed", async () => {
  await assert.rejects(connection.of(NodeController).AddBundle("/nowhere/x.orc"), {
    message: /^rpc: failed to open bundle: .*no such file or directory/,
  });
  await assert.rejects(connection.of(DebugController).SetEpoch(1n), { message: /set epoch failed: / });
});

/** Without a context: clients of the reference compare with `==`. */
function isBare(e: unknown, kind: ErrorKind): boolean {
  return isError(e, kind) && e instanceof WadiError && e.message === kind.text;
}

test("refusals of the services keep module and code", async () => {
  const control = connection.of(NodeController);
  assert.equal(await control.IsReady(), true);
  await assert.rejects(connection.of(Consensus).GetLightBlock(1_000_000), (e) =>
    isError(e, consensus.ErrVersionNotFound),
  );
  assert.equal(serviceErrors.ErrWorkerStorageRuntimeNotFound.code, 1);
  const runtimeId = `80${"0".repeat(62)}` as Namespace;
  const refusals = [
    [connection.of(RootHash).GetLatestBlock({ runtimeId, height: 0 }), roothash.ErrInvalidRuntime],
    [connection.of(RootHash).GetGenesisBlock({ runtimeId, height: 0 }), roothash.ErrInvalidRuntime],
    [connection.of(RuntimeClient).GetGenesisBlock(runtimeId), roothash.ErrInvalidRuntime],
    [connection.of(Beacon).GetEpoch(1_000_000), consensus.ErrVersionNotFound],
    [connection.of(Registry).GetEntity({ height: 0, id: "1".repeat(64) as PublicKey }), registry.ErrNoSuchEntity],
  ] as const;
  for (const [call, kind] of refusals) await assert.rejects(call, (e) => isBare(e, kind));
});

test("a transaction that is too long is refused by the length that it has on the chain", async () => {
  const { untrustedRawValue: _, ...empty } = transaction.SignedTransaction.zero();
  const submitters = connection.of(Consensus);
  for (const length of [1 << 20, 3_000_000]) {
    const signed = { ...empty, untrustedRawValue: new Uint8Array(length) };
    const size = encodeCbor(transaction.SignedTransaction, signed).length;
    for (const submit of [submitters.SubmitTx, submitters.SubmitTxNoWait, submitters.SubmitTxWithProof]) {
      await assert.rejects(submit(signed), new RegExp(`Tx too large\\. Max size is \\d+, but got ${size}$`));
    }
  }
});
