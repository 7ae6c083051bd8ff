// The part of apps/runtime-hashes about blocks, messages, votes and evidence.
import assert from "node:assert/strict";
import { roothashApp } from "@wadi/apps";
import { create, decodeCbor, encodeCbor, list, type Schema } from "@wadi/codec";
import { EMPTY_HASH, hashOf, publicKeyFromHex, type Hash } from "@wadi/crypto";
import { roothash, scheduler, type Namespace } from "@wadi/types";
import { fromHex, must } from "@wadi/util";

import type { Recorder } from "../../ledger.ts";

export interface HashFile {
  readonly hashes: readonly { readonly what: string; readonly cbor?: string; readonly hash: string }[];
}

/** The hash of a value that is read from its CBOR. */
function hashed<T>(schema: Schema<T>, hash: (value: T) => Hash): (cbor: string | undefined) => Hash {
  return (cbor) => {
    const value = decodeCbor(schema, fromHex(must(cbor)));
    assert.equal(Buffer.from(encodeCbor(schema, value)).toString("hex"), cbor);
    return hash(value);
  };
}

const blockHash = hashed(roothash.Header, roothash.headerHash);

const NAMESPACE_FIELD = "696e616d6573706163655820";

/** The reference's test uses a namespace that cannot be read, so it is put in afterwards. */
function populatedBlockHash(cbor: string | undefined): Hash {
  const encoded = must(cbor);
  const start = encoded.indexOf(NAMESPACE_FIELD) + NAMESPACE_FIELD.length;
  const namespace = encoded.slice(start, start + 64);
  const readable = encoded.slice(0, start) + "0".repeat(64) + encoded.slice(start + 64);
  const header = decodeCbor(roothash.Header, fromHex(readable));
  return roothash.headerHash({ ...header, namespace: namespace as Namespace });
}
const outgoing = hashed(list(roothash.Message), roothash.messagesHash);
const incoming = hashed(list(roothash.IncomingMessage), roothash.incomingMessagesHash);
const vote = hashed(roothash.ComputeResultsHeader, roothash.computeResultsHash);
const Members = list(scheduler.CommitteeNode);
const members = hashed(Members, (value) => hashOf(encodeCbor(Members, value)));

function evidenceHashes(): Hash {
  const nodeId = publicKeyFromHex("11".repeat(32));
  const prop = create(roothash.Proposal, { nodeId });
  const commit = create(roothash.ExecutorCommitment, { nodeId });
  const ofProposals = create(roothash.Evidence, { equivocationProp: { propA: prop, propB: prop } });
  const ofCommitments = create(roothash.Evidence, { equivocationExecutor: { commitA: commit, commitB: commit } });
  const hash = roothash.evidenceHash(ofProposals);
  assert.equal(roothash.evidenceHash(ofCommitments), hash);
  return hash;
}

function compute(what: string, cbor: string | undefined): Hash {
  if (what === "empty hash") return EMPTY_HASH;
  if (what === "messages: none") return roothash.messagesHash([]);
  if (what === "incoming messages: none") return roothash.incomingMessagesHash([]);
  if (what.startsWith("messages:")) return outgoing(cbor);
  if (what.startsWith("incoming messages:")) return incoming(cbor);
  if (what.startsWith("compute results header")) return vote(cbor);
  if (what.startsWith("evidence hash")) return evidenceHashes();
  if (what.startsWith("committee members")) return members(cbor);
  return what === "block header: populated" ? populatedBlockHash(cbor) : blockHash(cbor);
}

/** Blocks that follow each other, from the first one's content. */
function runBlockChain(r: Recorder, { hashes }: HashFile): void {
  const at = (what: string): string => must(hashes.find((entry) => entry.what === what)?.cbor, what);
  const chain = [
    "genesis block header",
    "empty epoch-transition block on top of it",
    "empty suspended block on top of that",
  ];
  const headers = chain.map((what) => decodeCbor(roothash.Header, fromHex(at(what))));
  for (const [index, header] of headers.entries()) {
    const parent = headers[index - 1];
    if (parent === undefined) continue;
    r.case(`${chain[index]}: made from its parent`, () => {
      const now = { seconds: header.timestamp, nanos: 0 };
      assert.deepEqual(roothashApp.emptyBlock({ now }, { header: parent }, header.headerType).header, header);
    });
  }
}

export function runRoothashHashes(r: Recorder, file: HashFile): void {
  for (const { what, cbor, hash } of file.hashes) r.case(what, () => assert.equal(compute(what, cbor), hash));
  runBlockChain(r, file);
}
