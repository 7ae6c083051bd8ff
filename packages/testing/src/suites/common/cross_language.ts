import assert from "node:assert/strict";
import { decodeCbor, encodeCbor, type Schema } from "@wadi/codec";
import { governance, node, registry, roothash, staking } from "@wadi/types";
import { fromHex, toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface CrossLanguageVector {
  readonly file: string;
  readonly test: string;
  readonly index: number;
  readonly cbor: string;
  readonly diagnostic: unknown;
}

/** A Rust test holds items of one type, except where the index tells. */
const schemas: Readonly<Record<string, unknown>> = {
  test_consistent_runtime: registry.Runtime,
  test_consistent_node: node.Node,
  test_deserialize_node_v2: node.Node,
  test_consistent_accounts: staking.Account,
  test_consistent_delegations: staking.Delegation,
  test_consistent_debonding_delegations: staking.DebondingDelegation,
  test_consistent_transfer_results: staking.TransferResult,
  test_consistent_withdraw_results: staking.WithdrawResult,
  test_consistent_add_escrow_results: staking.AddEscrowResult,
  test_consistent_reclaim_escrow_results: staking.ReclaimEscrowResult,
  test_consistent_events: staking.Event,
  test_consistent_proposal_vote: governance.ProposalVote,
  test_consistent_proposal_content: governance.ProposalContent,
  test_consistent_round_results: roothash.RoundResults,
  test_consistent_round_roots: roothash.RoundRoots,
};

/** What the diagnostic form says about members that the decoded value must show. */
function assertDiagnostic(diagnostic: unknown, value: unknown): void {
  if (typeof diagnostic !== "object" || diagnostic === null || Array.isArray(diagnostic)) return;
  if (value instanceof Map || value instanceof Uint8Array) return;
  const decoded = value as Readonly<Record<string, unknown>>;
  for (const [key, said] of Object.entries(diagnostic)) {
    const property = key.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    assert.ok(property in decoded, `member ${key}`);
    const actual = decoded[property];
    if (typeof said === "number") assert.equal(Number(actual), said, key);
    if (typeof said === "boolean") assert.equal(actual, said, key);
    const hex = typeof said === "string" ? /^h'([0-9a-f]*)'$/.exec(said)?.[1] : undefined;
    if (hex === undefined) assertDiagnostic(said, actual);
    else if (typeof actual === "bigint") assert.equal(actual, hex === "" ? 0n : BigInt(`0x${hex}`), key);
    else assert.equal(typeof actual === "string" ? actual : toHex(actual as Uint8Array), hex, key);
  }
}

const emptyTxnScheduler = "6d74786e5f7363686564756c6572a0";
const zeroVrf = `63767266a16269645820${"00".repeat(32)}`;
const rolesKey = "65726f6c6573";

/** The map's hex with another number of members. */
function withMembers(hex: string, change: number): string {
  return (Number.parseInt(hex.slice(0, 2), 16) + change).toString(16) + hex.slice(2);
}

/**
 * The encoding Go gives back. Rust differs in two optional structures: it writes an empty
 * `txn_scheduler`, and leaves out a `vrf` that Go always writes.
 */
function goForm({ cbor, test }: CrossLanguageVector): string {
  if (cbor.includes(emptyTxnScheduler)) return withMembers(cbor.replace(emptyTxnScheduler, ""), -1);
  if (test === "test_consistent_node" && !cbor.includes("63767266")) {
    return withMembers(cbor.replace(rolesKey, zeroVrf + rolesKey), 1);
  }
  return cbor;
}

export const suite: Suite = {
  file: "common/cross_language",
  run(r: Recorder): void {
    const file = loadVector<{ readonly vectors: readonly CrossLanguageVector[] }>("common/cross_language");
    if (file === undefined) throw new Error("common/cross_language is absent");
    for (const v of file.vectors) {
      r.case(`${v.file} ${v.test} ${v.index}`, () => {
        const schema = schemas[v.test] as Schema<unknown> | undefined;
        if (schema === undefined) throw new Error(`no schema for ${v.test}`);
        const value = decodeCbor(schema, fromHex(v.cbor));
        if (v.test === "test_deserialize_node_v2") {
          assert.equal((value as node.Node).v, node.LATEST_NODE_VERSION, "upgraded");
        } else {
          assertDiagnostic(v.diagnostic, value);
          assert.equal(toHex(encodeCbor(schema, value)), goForm(v), "re-encoded");
        }
      });
    }
  },
};
