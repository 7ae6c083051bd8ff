import assert from "node:assert/strict";
import { decodeJson, encodeCbor, list, type Schema } from "@wadi/codec";
import {
  bindRuntimeContext,
  chainContext,
  hashOf,
  namespaceFromHex,
  signatureContexts,
  testSigner,
} from "@wadi/crypto";
import {
  beacon,
  churp,
  genesis,
  governance,
  registry,
  results,
  roothash,
  scheduler,
  secrets,
  staking,
  transaction,
  vault,
} from "@wadi/types";
import { toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { assertCborFace, assertFaces, structCases, type StructCase } from "./lossless.ts";

/** The file's type names lack the package where they start with `api.`; the case names tell. */
const byName: readonly (readonly [prefix: string, schema: Schema<unknown>])[] = [
  ["block header", roothash.Header],
  ["genesis block", roothash.Block],
  ["compute results header", roothash.ComputeResultsHeader],
  ["executor commitment", roothash.ExecutorCommitment],
  ["executor commit tx body", roothash.ExecutorCommit],
  ["proposal content", governance.ProposalContent],
  ["change parameters proposal", governance.ProposalContent],
  ["proposal", roothash.Proposal],
  ["runtime messages", list(roothash.Message)],
  ["incoming message", roothash.IncomingMessage],
  ["staking event", staking.Event],
  ["roothash event", roothash.Event],
  ["message event", roothash.MessageEvent],
  ["round results", roothash.RoundResults],
  ["round roots", roothash.RoundRoots],
  ["vault event", vault.Event],
  ["governance event", governance.Event],
  ["registry event", registry.Event],
  ["tx result", results.Result],
  ["vrf state", beacon.VRFState],
  ["committee", scheduler.Committee],
  ["pool", roothash.Pool],
  ["scheduler commitment", roothash.SchedulerCommitment],
  ["node status", registry.NodeStatus],
  ["staking parameter changes", staking.ConsensusParameterChanges],
  ["km policy", secrets.SignedPolicySGX],
  ["km status", secrets.Status],
  ["churp status", churp.Status],
  ["churp create", churp.CreateRequest],
  ["vault create", vault.Create],
  ["vault action", vault.AuthorizeAction],
  ["tx ", transaction.Transaction],
] as const;

function schemaOf(v: StructCase): Schema<unknown> {
  const found = byName.find(([prefix]) => v.name.startsWith(prefix));
  if (found === undefined) throw new Error(`no schema for ${v.name}`);
  const schema = found[1];
  const type = v.type.slice(v.type.lastIndexOf(".") + 1);
  assert.equal(schema.name.includes(type) || v.type.startsWith("[]"), true, `type ${v.type}`);
  return schema;
}

/** What the notes of some cases say beyond the encodings. */
function assertNote(v: StructCase, value: unknown): void {
  if (v.name === "runtime messages") {
    assert.equal(roothash.messagesHash(value as roothash.Message[]), v.hash, "messages hash");
  }
  if (v.name.startsWith("block header")) assert.equal(roothash.headerHash(value as roothash.Header), v.hash);
  if (v.name === "executor commitment signed") {
    const commitment = value as roothash.ExecutorCommitment;
    const signer = testSigner("vector key");
    const runtimeId = namespaceFromHex("000000000000000000000000000000000000000000000000f80306c9858e7279");
    const chain = chainContext(genesis.knownNetworks.mainnet);
    const context = bindRuntimeContext(signatureContexts.executorCommitment, runtimeId, chain);
    assert.equal(commitment.nodeId, signer.publicKey, "signer");
    const header = encodeCbor(roothash.ExecutorCommitmentHeader, commitment.header);
    assert.equal(toHex(commitment.sig), toHex(signer.sign(context, header)), "signature");
  }
  const known = /known: ([0-9a-f]{64})/.exec(v.note)?.[1];
  if (known !== undefined) assert.equal(v.hash, known, "known hash");
}

export const suite: Suite = {
  file: "common/structs",
  run(r: Recorder): void {
    for (const v of structCases("common/structs")) {
      r.case(v.name, () => {
        const schema = schemaOf(v);
        // Roles that are not set print as an empty text, which nothing reads.
        const isReadable = v.name !== "registry event node";
        const value = (isReadable ? assertFaces : assertCborFace)(schema, v.json, v.cbor);
        if (!isReadable) assert.throws(() => decodeJson(schema, v.json), /node: invalid role: ''/);
        assert.equal(hashOf(v.cbor), v.hash, "hash");
        assertNote(v, value);
      });
    }
  },
};
