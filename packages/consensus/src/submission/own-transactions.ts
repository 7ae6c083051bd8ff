// Transactions that the node itself sends: nonce, gas and fee are filled in, and what may pass
// with time is tried again. Reference: go/consensus/api/submission.go.
import { encodeCbor } from "@wadi/codec";
import { stakingAddress, type Address, type FullContext, type PublicKey, type Signer } from "@wadi/crypto";
import { consensus, transaction } from "@wadi/types";
import { isError } from "@wadi/util";

import { backoffDelays, defaultBackoff } from "./backoff.ts";
import { feeFor, type FeeRules } from "./fee.ts";

/** The chain, as far as a sender needs it. */
export interface SubmissionPorts {
  /** The next nonce of an account in the last state; throws (`consensus`, 1) before the first block. */
  nonce(address: Address): bigint;
  /** Throws (`consensus`, 1) before the first block. */
  estimateGas(signer: PublicKey, tx: transaction.Transaction): bigint;
  /** Base units for a unit of gas below which the network takes nothing. */
  minGasPrice(): bigint;
  /** Resolves when the transaction is in a block and succeeded; rejects with what refused it. */
  submit(raw: Uint8Array, signal: AbortSignal | undefined): Promise<void>;
  /** Waits; rejects with the reason of the signal. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** From 0 up to 1. */
  random(): number;
}

export interface OwnTransactionsOptions {
  /** `transactionContext` of the network. */
  readonly context: FullContext;
  readonly fees: FeeRules;
}

/** A call of a method with everything but nonce and fee. */
export interface Call {
  readonly method: string;
  /** CBOR of the body. */
  readonly body: Uint8Array | null;
}

const MAX_WAIT_MS = 60_000;
const MAX_DELAY_MS = 10_000;

/** A failure that time may cure; `cause` is what failed. */
class TryAgain extends Error {
  constructor(cause: unknown) {
    super("the transaction may be accepted later", { cause });
  }
}

/** Keeps the nonces of the signers it serves, so that their transactions need not wait for each other. */
export class OwnTransactions {
  readonly #ports: SubmissionPorts;
  readonly #options: OwnTransactionsOptions;
  readonly #nonces = new Map<Address, bigint>();

  constructor(ports: SubmissionPorts, options: OwnTransactionsOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /**
   * Signs and submits; resolves when the transaction is in a block. Tries again for about a minute
   * where there is no block yet, an upgrade is pending, the nonce was wrong, or gas cannot be
   * estimated. Rejects with the last failure, or the reason of the signal.
   */
  async submit(signer: Signer, call: Call, signal?: AbortSignal): Promise<void> {
    let waitedMs = 0;
    const delays = backoffDelays({ ...defaultBackoff, maxMs: MAX_DELAY_MS }, () => this.#ports.random());
    for (;;) {
      signal?.throwIfAborted();
      try {
        return await this.#attempt(signer, call, signal);
      } catch (e) {
        if (!(e instanceof TryAgain)) throw e;
        const delayMs = delays.next().value;
        waitedMs += delayMs;
        if (waitedMs > MAX_WAIT_MS) throw e.cause;
        await this.#ports.sleep(delayMs, signal);
      }
    }
  }

  async #attempt(signer: Signer, call: Call, signal: AbortSignal | undefined): Promise<void> {
    const address = stakingAddress(signer.publicKey);
    const nonce = this.#takeNonce(address);
    // A nonce that was taken stays taken where the fee cannot be told: the next attempt uses the following one.
    const tx = this.#withFee(signer, { ...call, nonce, fee: null });
    const signed = transaction.signTransaction(tx, this.#options.context, signer);
    try {
      await this.#ports.submit(encodeCbor(transaction.SignedTransaction, signed), signal);
    } catch (e) {
      this.#nonces.delete(address);
      const passes = isError(e, transaction.ErrUpgradePending) || isError(e, transaction.ErrInvalidNonce);
      throw passes ? new TryAgain(e) : e;
    }
  }

  #takeNonce(address: Address): bigint {
    let nonce = this.#nonces.get(address);
    if (nonce === undefined) {
      try {
        nonce = this.#ports.nonce(address);
      } catch (e) {
        throw isError(e, consensus.ErrNoCommittedBlocks) ? new TryAgain(e) : e;
      }
    }
    this.#nonces.set(address, nonce + 1n);
    return nonce;
  }

  #withFee(signer: Signer, tx: transaction.Transaction): transaction.Transaction {
    try {
      const gas = this.#ports.estimateGas(signer.publicKey, tx);
      return { ...tx, fee: feeFor(gas, this.#ports.minGasPrice(), this.#options.fees) };
    } catch (e) {
      throw new TryAgain(e);
    }
  }
}
