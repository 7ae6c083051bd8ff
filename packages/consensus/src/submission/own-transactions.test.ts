import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor } from "@wadi/codec";
import { chainContext, testSigner } from "@wadi/crypto";
import { consensus, signature, transaction } from "@wadi/types";
import { WadiError, isError } from "@wadi/util";

import { ErrFeeTooHigh } from "../errors.ts";
import { feeFor } from "./fee.ts";
import { OwnTransactions, type SubmissionPorts } from "./own-transactions.ts";

const context = transaction.transactionContext(chainContext("a chain"));
const signer = testSigner("sender");
const call = { method: "staking.Transfer", body: null };
const fees = { gasPrice: 0n, maxFee: 0n };

/** A chain that refuses as often as it is told to, and a clock that only counts. */
class Chain implements SubmissionPorts {
  readonly sent: transaction.Transaction[] = [];
  readonly slept: number[] = [];
  refusals: unknown[] = [];
  estimate: () => bigint = () => 100n;
  next = 7n;

  nonce(): bigint {
    if (this.next < 0n) throw new WadiError(consensus.ErrNoCommittedBlocks);
    return this.next;
  }

  estimateGas(): bigint {
    return this.estimate();
  }

  minGasPrice(): bigint {
    return 3n;
  }

  submit(raw: Uint8Array): Promise<void> {
    const signed = decodeCbor(transaction.SignedTransaction, raw);
    this.sent.push(signature.decodeBlob(transaction.Transaction, signed));
    const refusal = this.refusals.shift();
    return refusal === undefined ? Promise.resolve() : Promise.reject(refusal as Error);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    return Promise.resolve();
  }

  random(): number {
    return 0.5;
  }
}

test("nonce, gas and fee are filled in, and nonces follow each other", async () => {
  const chain = new Chain();
  const own = new OwnTransactions(chain, { context, fees });
  await Promise.all([own.submit(signer, call), own.submit(signer, call)]);
  assert.deepEqual(
    chain.sent.map(({ nonce, fee }) => [nonce, fee]),
    [
      [7n, { amount: 300n, gas: 100n }],
      [8n, { amount: 300n, gas: 100n }],
    ],
  );
});

test("what may pass with time is tried again with the nonce that then counts", async () => {
  const chain = new Chain();
  const own = new OwnTransactions(chain, { context, fees });
  chain.refusals = [new WadiError(transaction.ErrInvalidNonce), new WadiError(transaction.ErrUpgradePending)];
  await own.submit(signer, call);
  assert.deepEqual(chain.slept, [500, 750]);
  chain.refusals = [new WadiError(transaction.ErrInvalidNonce)];
  chain.next = 20n;
  await own.submit(signer, call);
  // After a success the next one is counted on; only a refusal asks the account again.
  assert.deepEqual(
    chain.sent.map(({ nonce }) => nonce),
    [7n, 7n, 7n, 8n, 20n],
  );
});

test("other refusals are final", async () => {
  const chain = new Chain();
  chain.refusals = [new WadiError(transaction.ErrGasPriceTooLow)];
  const own = new OwnTransactions(chain, { context, fees });
  await assert.rejects(own.submit(signer, call), (e) => isError(e, transaction.ErrGasPriceTooLow));
  assert.deepEqual(chain.slept, []);
});

test("gas that cannot be estimated costs a nonce, as in the reference", async () => {
  const chain = new Chain();
  let estimates = 0;
  chain.estimate = () => {
    if (++estimates === 1) throw new WadiError(consensus.ErrNoCommittedBlocks);
    return 1n;
  };
  await new OwnTransactions(chain, { context, fees }).submit(signer, call);
  assert.deepEqual(
    chain.sent.map(({ nonce }) => nonce),
    [8n],
  );
});

test("after about a minute the last failure is told", async () => {
  const chain = new Chain();
  chain.next = -1n;
  const own = new OwnTransactions(chain, { context, fees });
  await assert.rejects(own.submit(signer, call), (e) => isError(e, consensus.ErrNoCommittedBlocks));
  const total = chain.slept.reduce((sum, ms) => sum + ms, 0);
  assert.ok(total <= 60_000 && total > 45_000, String(total));
  assert.equal(Math.max(...chain.slept), 10_000);
});

test("a signal ends it", async () => {
  const own = new OwnTransactions(new Chain(), { context, fees });
  const reason = new Error("stopped");
  await assert.rejects(own.submit(signer, call, AbortSignal.abort(reason)), reason);
});

test("a fee above the limit is refused, a price below the network's is raised", () => {
  assert.deepEqual(feeFor(10n, 2n, { gasPrice: 5n, maxFee: 50n }), { amount: 50n, gas: 10n });
  assert.deepEqual(feeFor(10n, 7n, { gasPrice: 5n, maxFee: 0n }), { amount: 70n, gas: 10n });
  assert.throws(
    () => feeFor(10n, 6n, { gasPrice: 5n, maxFee: 50n }),
    (e) => isError(e, ErrFeeTooHigh),
  );
});
