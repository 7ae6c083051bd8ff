// What the framework needs from outside: other parts of the node, and those applications that
// have a part in the framework itself (who pays fees, what epoch it is). Narrow interfaces, so
// that the framework knows no application by name.
import type { Address, FullContext, PublicKey, SignatureVerifier } from "@wadi/crypto";
import type { genesis, transaction, upgrade } from "@wadi/types";

import type { Context } from "./context.ts";
import type { State } from "./state.ts";

/** Who may send a transaction and what it pays; one application provides it. */
export interface TransactionAuth {
  /** Checks signer and nonce, takes the fee, and installs the gas accountant. */
  authenticate(ctx: Context, transaction: transaction.Transaction): void;
  /** After the method succeeded. */
  afterExecution(ctx: Context, transaction: transaction.Transaction): void;
}

/** An epoch that begins at a height. */
export interface ScheduledEpoch {
  readonly epoch: bigint;
  readonly height: number;
}

/** How to read the epoch from a state; one application provides it. */
export interface TimeSource {
  /** The stored epoch, 0 where none is stored. */
  epoch(state: State): bigint;
  /** The scheduled transition, if there is one. */
  futureEpoch(state: State): ScheduledEpoch | undefined;
  /** The first epoch of the chain. */
  baseEpoch(document: genesis.Document): bigint;
}

/** The local upgrade manager as the state machine sees it. Reference: go/upgrade/api/api.go (Backend). */
export interface Upgrader {
  /**
   * Called in BeginBlock and EndBlock with the context, where it may run a handler, and after each
   * commit without one. Throws (`upgrade`, 1) if this program must stop.
   */
  consensusUpgrade(ctx: Context | undefined, epoch: bigint, heightLast: number): void;
  hasPendingUpgradeAt(height: number): boolean;
  /** Throws (`upgrade`, 5) if it is pending already. */
  submitDescriptor(descriptor: upgrade.Descriptor): void;
  /** Throws (`upgrade`, 6). */
  cancelUpgrade(descriptor: upgrade.Descriptor): void;
  /** Throws (`upgrade`, 7) if it is not pending. */
  getUpgrade(descriptor: upgrade.Descriptor): upgrade.PendingUpgrade;
}

/** Local decisions that are no part of consensus; they matter in CheckTx only. */
export interface LocalPolicy {
  /** Base units. */
  readonly minGasPrice: bigint;
  /** Transactions of this account are accepted at any price. */
  readonly ownAddress?: Address;
}

/** Where this node stops. Zero or undefined: never. */
export interface HaltConfig {
  readonly height?: number;
  readonly epoch?: bigint;
}

/**
 * Process-wide debugging switches that change what is valid; all nodes of a network must agree on
 * them. Whether test keys are allowed is the verifier's blacklist.
 */
export interface DebugSwitches {
  /** `debug.dont_blame_oasis` */
  readonly dontBlameOasis: boolean;
  /** Accept TEE attestations without verifying quotes. */
  readonly skipQuoteVerification: boolean;
  /** Accept enclaves built for debugging. */
  readonly allowDebugEnclaves: boolean;
}

export const noDebugSwitches: DebugSwitches = {
  dontBlameOasis: false,
  skipQuoteVerification: false,
  allowDebugEnclaves: false,
};

/** Signs block metadata: the node's consensus key. */
export interface ProposalSigner {
  readonly publicKey: PublicKey;
  sign(context: FullContext, message: Uint8Array): Uint8Array;
}

/** A part of a block's execution: its beginning, a transaction by its place, its end. */
export type Step = "begin" | "end" | number;

/** What watches an execution without taking part in it. */
export interface Tracer {
  /** A step has ended. */
  stepped?(step: Step): void;
  /** Gas that was charged for an operation; `amount` is what the table asked for. */
  gas?(op: string, amount: bigint): void;
}

export type { SignatureVerifier };
