// A host that knows two heights of a made-up network and keeps everything in memory.
import { encodeCbor } from "@wadi/codec";
import { RootType, Tree, proveGet, proveIterate, provePrefixes, ZERO_NAMESPACE, type ReadSyncer } from "@wadi/mkvs";
import { transaction, type PublicKey } from "@wadi/types";
import { toHex, utf8 } from "@wadi/util";
import { plainError } from "../rhp/errors.ts";
import type { HostServices } from "../rhp/host-services.ts";

export const testNodeId = "8f".repeat(32) as PublicKey;

/** A transaction as a block carries it, unsigned. */
export function rawTransaction(method: string): Uint8Array {
  const blob = encodeCbor(transaction.Transaction, { nonce: 0n, fee: null, method, body: null });
  const signature = { publicKey: testNodeId, signature: new Uint8Array(64) };
  return encodeCbor(transaction.SignedTransaction, { untrustedRawValue: blob, signature });
}

/** A tree's answers, as a storage node gives them. */
export function treeSyncer(tree: Tree): ReadSyncer {
  return {
    syncGet: (request) => Promise.resolve(proveGet(tree, request)),
    syncGetPrefixes: (request) => Promise.resolve(provePrefixes(tree, request)),
    syncIterate: (request) => Promise.resolve(proveIterate(tree, request)),
  };
}

export function testTree(): Tree {
  const tree = Tree.empty(RootType.state);
  tree.insert(utf8("key"), utf8("value"));
  tree.commit(ZERO_NAMESPACE, 1n);
  return tree;
}

export interface TestServices extends HostServices {
  readonly stored: Map<string, Uint8Array>;
}

export function testServices(more: Partial<HostServices> = {}): TestServices {
  const stored = new Map<string, Uint8Array>();
  const height = (asked: bigint): number => {
    if (asked > 10n) throw plainError("no such height");
    return asked === 0n ? 10 : Number(asked);
  };
  return {
    stored,
    identity: { nodeId: testNodeId },
    consensusStorage: treeSyncer(testTree()),
    localStorage: {
      get: (key) => stored.get(toHex(key)),
      set: (key, value) => void stored.set(toHex(key), value),
    },
    consensus: {
      lightBlock: (asked) => ({ height: height(asked), meta: utf8("light block") }),
      validators: (asked) => ({ height: height(asked), meta: utf8("validators") }),
      events: () => [],
      genesisHeight: () => 3n,
      transactionsWithProofs: () => ({
        transactions: [rawTransaction("consensus.Meta"), rawTransaction("staking.Transfer"), utf8("garbage")],
        proofs: [utf8("proof 0"), utf8("proof 1"), utf8("proof 2")],
      }),
    },
    ...more,
  };
}
