// Who may send a transaction and what it pays. Reference:
// go/consensus/cometbft/apps/staking/state/gas.go, auth.go.
import { addressToText, isReservedAddress, reservedAddresses, type Address } from "@wadi/crypto";
import { events, staking, transaction } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { refuse, refusePlain } from "../framework/errors.ts";
import { compositeGas, limitedGas } from "../framework/gas.ts";
import type { TransactionAuth } from "../framework/ports.ts";
import { credit, debit, withNextNonce } from "./accounts.ts";
import { blockFees } from "./block-memory.ts";
import { account, setAccount, stakingParameters } from "./state.ts";

const MAX_U64 = (1n << 64n) - 1n;
const NO_FEE: transaction.Fee = { amount: 0n, gas: 0n };

/** Takes the fee of transactions and counts nonces. */
export const stakingAuth: TransactionAuth = { authenticate, afterExecution };

function authenticate(ctx: Context, { nonce, fee }: transaction.Transaction): void {
  if (ctx.isSimulation) {
    ctx.setGas(limitedGas(MAX_U64));
    return;
  }
  const signer = ctx.signerAccount;
  if (isReservedAddress(signer)) {
    refusePlain(`using reserved account address ${addressToText(signer)} is prohibited`);
  }
  const payer = account(ctx.state, signer);
  if (payer.general.nonce !== nonce) {
    refuse(transaction.ErrInvalidNonce, "not the next nonce of the account", { expected: payer.general.nonce, nonce });
  }
  const { amount, gas } = fee ?? NO_FEE;
  const { minTransactBalance } = stakingParameters(ctx.state);
  const { balance } = payer.general;
  if (balance < amount + minTransactBalance) {
    refuse(staking.ErrBalanceTooLow, "balance below fee and min_transact_balance", {
      balance,
      fee: amount,
      minTransactBalance,
    });
  }
  if (ctx.isCheck) {
    ctx.setGas(limitedGas(gas));
    requireLocalGasPrice(ctx, signer, fee ?? NO_FEE);
    return;
  }
  ctx.block.set(blockFees, ctx.block.get(blockFees) + amount);
  setAccount(ctx.state, signer, withNextNonce(debit(payer, amount)));
  if (amount > 0n) {
    ctx.emit(events.eventKinds.stakingTransfer, { from: signer, to: reservedAddresses.feeAccumulator, amount });
  }
  ctx.setGas(compositeGas(limitedGas(gas), ctx.block.gas));
}

/** A local decision, not consensus. */
function requireLocalGasPrice(ctx: Context, signer: Address, fee: transaction.Fee): void {
  const { ownAddress, minGasPrice } = ctx.local;
  if (signer === ownAddress || fee.gas === 0n) return;
  const price = transaction.gasPrice(fee);
  if (price < minGasPrice) {
    refuse(transaction.ErrGasPriceTooLow, "below the gas price this node asks for", { price, minGasPrice });
  }
}

/**
 * In CheckTx fee and nonce count only once everything else passed: what is not kept in the
 * mempool must not use up the nonce.
 */
function afterExecution(ctx: Context, { fee }: transaction.Transaction): void {
  if (!ctx.isCheck) return;
  const signer = ctx.signerAccount;
  const payer = account(ctx.state, signer);
  const { amount } = fee ?? NO_FEE;
  const { balance } = payer.general;
  if (balance < amount) {
    refuse(transaction.ErrInsufficientFeeBalance, "balance below the fee", { balance, fee: amount });
  }
  setAccount(ctx.state, signer, withNextNonce(credit(payer, -amount)));
}
