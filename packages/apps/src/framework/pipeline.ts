// One transaction, from raw bytes to its outcome. Nothing here is rolled back when a step
// refuses: fee and nonce stay taken, and so does what a method wrote before it refused.
// Reference: go/consensus/cometbft/abci/transaction.go.
import { encodeCbor } from "@wadi/codec";
import type { FullContext, PublicKey } from "@wadi/crypto";
import { consensus, transaction, type consensusGenesis } from "@wadi/types";

import type { ApplicationSet } from "./application-set.ts";
import type { Context } from "./context.ts";
import { isRefusal, refuse } from "./errors.ts";
import type { TransactionAuth } from "./ports.ts";
import { isSystemMethod, processSystemTransaction } from "./system-transactions.ts";

const MAX_U64 = (1n << 64n) - 1n;

/** Gas operation of the size of a transaction; its cost is in the consensus parameters. */
const GAS_OP_TX_BYTE = "tx_byte";

export interface Pipeline {
  readonly applications: ApplicationSet;
  readonly auth: TransactionAuth;
  /** The context under which the network's transactions are signed. */
  readonly signatureContext: FullContext;
}

function parametersOf(ctx: Context): consensusGenesis.Parameters {
  return ctx.environment.parameters ?? refuse(consensus.ErrNoCommittedBlocks, "the chain is not initialized");
}

/** Executes a raw transaction; throws what refused it. `isProposing`: its block is still being put together. */
export function executeTransaction(pipeline: Pipeline, ctx: Context, raw: Uint8Array, isProposing = false): void {
  const { transaction: tx, signed } = decode(pipeline, ctx, raw);
  ctx.setSigner(signed.signature.publicKey);
  if (ctx.isCheck && ctx.upgrader?.hasPendingUpgradeAt(ctx.currentHeight)) {
    refuse(transaction.ErrUpgradePending, `an upgrade is due at height ${ctx.currentHeight}`);
  }
  process(pipeline, ctx, tx, raw.length, isProposing);
}

function decode(
  { signatureContext }: Pipeline,
  ctx: Context,
  raw: Uint8Array,
): ReturnType<typeof transaction.openRawTransaction> {
  const { maxTxSize } = parametersOf(ctx);
  if (maxTxSize > 0n && BigInt(raw.length) > maxTxSize) {
    refuse(consensus.ErrOversizedTx, "larger than max_tx_size", { size: raw.length, maxTxSize });
  }
  const opened = transaction.openRawTransaction(raw, signatureContext, ctx.verifier);
  transaction.validateTransaction(opened.transaction);
  return opened;
}

function process(
  { applications, auth }: Pipeline,
  ctx: Context,
  tx: transaction.Transaction,
  size: number,
  isProposing: boolean,
): void {
  if (isSystemMethod(tx.method)) {
    processSystemTransaction(ctx, tx, isProposing);
    return;
  }
  const handler = applications.resolve(ctx, tx.method);
  auth.authenticate(ctx, tx);
  const parameters = parametersOf(ctx);
  ctx.useGas(size, GAS_OP_TX_BYTE, parameters.gasCosts);
  if (!ctx.isSimulation) requireGasPrice(tx, parameters.minGasPrice);
  ctx.priority = handler.priority;
  handler.execute(ctx, tx);
  auth.afterExecution(ctx, tx);
}

/** The network's minimum, which counts after the fee was taken. */
function requireGasPrice({ fee }: transaction.Transaction, minimum: bigint): void {
  if (minimum === 0n) return;
  const price = fee === null ? undefined : transaction.gasPrice(fee);
  if (price === undefined || price < minimum) {
    refuse(transaction.ErrGasPriceTooLow, "below min_gas_price of the network", { price, minimum });
  }
}

/**
 * Gas that the transaction would use if `signer` sent it now: the simulation's, whether it
 * succeeds or not. Refuses as CheckTx refuses sizes. `ctx` is a fresh simulation context.
 */
export function estimateGas(pipeline: Pipeline, ctx: Context, signer: PublicKey, tx: transaction.Transaction): bigint {
  const { maxTxSize } = parametersOf(ctx);
  if (maxTxSize > 0n) {
    const { length } = encodeCbor(transaction.Transaction, tx);
    if (BigInt(length) > maxTxSize) refuse(consensus.ErrOversizedTx, "larger than max_tx_size", { length, maxTxSize });
  }
  if (ctx.environment.committed === undefined) refuse(consensus.ErrNoCommittedBlocks, "nothing to simulate on");
  const priced = { ...tx, fee: { amount: MAX_U64, gas: MAX_U64 } };
  ctx.setSigner(signer);
  try {
    process(pipeline, ctx, priced, signedSize(priced), false);
  } catch (e) {
    if (!isRefusal(e)) throw e;
  }
  return ctx.gas.used;
}

/** Size of the transaction once it is signed, whatever the key. */
function signedSize(tx: transaction.Transaction): number {
  const untrustedRawValue = encodeCbor(transaction.Transaction, tx);
  const envelope = { ...transaction.SignedTransaction.zero(), untrustedRawValue };
  return encodeCbor(transaction.SignedTransaction, envelope).length;
}
