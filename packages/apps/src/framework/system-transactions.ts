// System transactions: the block metadata by which a proposer signs what the block leads to.
// Reference: go/consensus/cometbft/abci/system.go, go/consensus/api/meta.go.
import { decodeCbor, encodeCbor } from "@wadi/codec";
import { addressOfKey, merkleRoot } from "@wadi/comet-types";
import { hashFromHex, type ChainContext } from "@wadi/crypto";
import { consensus, transaction } from "@wadi/types";
import { bytesEqual, toHex } from "@wadi/util";

import type { BlockContext } from "./block-context.ts";
import type { Context } from "./context.ts";
import { BlockFailure, refusePlain } from "./errors.ts";
import type { ProposalSigner } from "./ports.ts";

const META = transaction.methods.consensusMeta;

export function isSystemMethod(method: string): boolean {
  return method === META.name;
}

/** Roots that block metadata states. */
export interface BlockRoots {
  /** Hex. */
  readonly stateRoot: string;
  readonly eventsRoot: Uint8Array;
}

/** The Merkle root over the provable events of the block so far. */
export function eventsRoot(block: BlockContext): Uint8Array {
  return merkleRoot(block.provableEvents);
}

/** Notes a system transaction of a block for `validateSystemTransactions`; BlockFailure if it is out of place. */
export function processSystemTransaction(ctx: Context, tx: transaction.Transaction, isProposing: boolean): void {
  if (ctx.mode !== "deliver") refusePlain("system methods are not allowed to be called");
  if (isProposing) throw new BlockFailure("system transaction included during proposal phase");
  if (tx.nonce !== 0n || tx.fee !== null) throw new BlockFailure("malformed system transaction in block");
  const signer = addressOfKey(ctx.signer);
  const { proposerAddress } = ctx.block.info;
  if (signer !== proposerAddress) {
    throw new BlockFailure(
      `system transaction not signed by block proposer (expected: ${proposerAddress} got: ${signer})`,
    );
  }
  ctx.block.systemTransactions.push(tx);
}

/** At the end of a block: exactly one block metadata, with the roots that were computed. Throws BlockFailure. */
export function validateSystemTransactions(block: BlockContext, roots: BlockRoots): void {
  const [first, second] = block.systemTransactions;
  if (first === undefined) throw new BlockFailure("missing required block metadata");
  const metadata = decodeMetadata(first);
  if (metadata.stateRoot !== roots.stateRoot) {
    throw new BlockFailure(
      `invalid state root in block metadata (expected: ${roots.stateRoot} got: ${metadata.stateRoot})`,
    );
  }
  const stated = metadata.eventsRoot ?? new Uint8Array(0);
  if (!bytesEqual(roots.eventsRoot, stated)) {
    throw new BlockFailure(
      `invalid events root in block metadata (expected: ${toHex(roots.eventsRoot)} got: ${toHex(stated)})`,
    );
  }
  if (second !== undefined) throw new BlockFailure("duplicate block metadata in block");
}

function decodeMetadata({ body }: transaction.Transaction): consensus.BlockMetadata {
  try {
    const metadata = decodeCbor(META.body, body ?? new Uint8Array(0));
    consensus.validateBlockMetadata(metadata);
    return metadata;
  } catch (cause) {
    throw new BlockFailure("malformed block metadata", cause);
  }
}

/** The metadata transaction of an own proposal, signed and encoded. Throws BlockFailure if it gets too large. */
export function signBlockMetadata(roots: BlockRoots, signer: ProposalSigner, chain: ChainContext): Uint8Array {
  const body = { stateRoot: hashFromHex(roots.stateRoot), eventsRoot: roots.eventsRoot };
  const metadata = transaction.newTransaction(META, body, { nonce: 0n, fee: null });
  const signed = transaction.signTransaction(metadata, transaction.transactionContext(chain), signer);
  const raw = encodeCbor(transaction.SignedTransaction, signed);
  if (raw.length > consensus.MAX_BLOCK_METADATA_SIZE) {
    throw new BlockFailure("serialized block metadata would be oversized");
  }
  return raw;
}
