// What a block did, step by step: fees and gas by operation, events, state keys with their values
// before and after, and why a transaction was refused. Everything comes from executing the block;
// there is no second copy of the rules.
import { decodeCbor, encodeJson } from "@wadi/codec";
import { stakingAddress } from "@wadi/crypto";
import type { Packed } from "@wadi/mkvs";
import { signature, transaction, type Address, type Hash, type PublicKey } from "@wadi/types";
import { WadiError, toBase64 } from "@wadi/util";

import type { ValidatorUpdate } from "../framework/application.ts";
import type { TransactionResult } from "../framework/block.ts";
import { ChangeRecorder, type Change } from "../framework/change-recorder.ts";
import { BlockFailure, reasonOf } from "../framework/errors.ts";
import type { EmittedEvent } from "../framework/events.ts";
import type { BlockInput, ExecutedBlock } from "../framework/executed-block.ts";
import type { Step, Tracer } from "../framework/ports.ts";
import type { StateMachine } from "../framework/state-machine.ts";
import type { DescribedKey, StateSchema } from "../framework/state-schema.ts";

/** Values are JSON text; undefined where the key is not there. */
export interface ExplainedChange extends DescribedKey {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface ExplainedEvent {
  readonly application: string;
  /** Mostly one; values are JSON text. */
  readonly attributes: readonly { readonly kind: string; readonly value: string }[];
}

export interface ExplainedGas {
  readonly operation: string;
  readonly amount: bigint;
}

/** What one step did. */
export interface ExplainedStep {
  readonly step: Step;
  readonly events: readonly ExplainedEvent[];
  readonly changes: readonly ExplainedChange[];
  readonly gas: readonly ExplainedGas[];
}

/** The rule that refused a transaction. */
export interface Refusal {
  readonly module: string;
  readonly code: number;
  readonly reason: string;
  /** The values that the rule compared. */
  readonly facts: Readonly<Record<string, string>>;
}

/** A transaction's envelope, as far as it decodes. */
export interface ExplainedEnvelope {
  readonly method: string;
  readonly signer: PublicKey;
  readonly account: Address;
  readonly nonce: bigint;
  readonly fee: transaction.Fee | null;
  /** JSON text, undefined where it does not decode. */
  readonly body: string | undefined;
}

export interface ExplainedTransaction extends ExplainedStep {
  readonly hash: Hash;
  readonly envelope: ExplainedEnvelope | undefined;
  readonly gasWanted: bigint;
  readonly gasUsed: bigint;
  readonly refusal: Refusal | undefined;
}

export interface ExplainedBlock {
  readonly height: number;
  readonly begin: ExplainedStep;
  readonly transactions: readonly ExplainedTransaction[];
  readonly end: ExplainedStep;
  readonly validatorUpdates: readonly ValidatorUpdate[];
  /** Hex. */
  readonly stateRoot: string;
}

/** What is noted while a block is executed. */
interface Notes {
  readonly changes: Map<Step, readonly Change[]>;
  readonly gas: Map<Step, readonly ExplainedGas[]>;
}

/** Executes the block on the machine's last state without keeping it. Throws BlockFailure where that fails. */
export function explainBlock(machine: StateMachine, input: BlockInput): ExplainedBlock {
  const notes: Notes = { changes: new Map(), gas: new Map() };
  const executed = executeNoting(machine, input, notes);
  machine.reset();
  const { schema } = machine.applications;
  const stepOf = (step: Step, events: readonly EmittedEvent[]): ExplainedStep => ({
    step,
    events: events.map(explainEvent),
    changes: (notes.changes.get(step) ?? []).map((change) => explainChange(schema, change)),
    gas: notes.gas.get(step) ?? [],
  });
  return {
    height: executed.height,
    begin: stepOf("begin", executed.beginEvents),
    transactions: executed.transactions.map((result, i) => ({
      ...stepOf(i, result.events),
      hash: transaction.rawTransactionHash(input.txs[i] ?? new Uint8Array(0)),
      envelope: explainEnvelope(input.txs[i] ?? new Uint8Array(0)),
      gasWanted: result.gasWanted,
      gasUsed: result.gasUsed,
      refusal: explainRefusal(result),
    })),
    end: stepOf("end", executed.endEvents),
    validatorUpdates: executed.validatorUpdates,
    stateRoot: executed.stateRoot,
  };
}

function executeNoting(machine: StateMachine, input: BlockInput, notes: Notes): ExecutedBlock {
  let recorder: ChangeRecorder | undefined;
  let gas: ExplainedGas[] = [];
  const tracer: Tracer = {
    gas: (operation, amount) => void gas.push({ operation, amount }),
    stepped(step) {
      notes.changes.set(step, recorder?.take() ?? []);
      notes.gas.set(step, gas);
      gas = [];
    },
  };
  try {
    return machine.executeTraced(input, { tracer, wrap: (tree) => (recorder = new ChangeRecorder(tree)) });
  } catch (e) {
    machine.reset();
    if (e instanceof BlockFailure) throw new BlockFailure(`block ${input.height}`, e);
    throw e;
  }
}

function explainChange(schema: StateSchema, { key, before, after }: Change): ExplainedChange {
  const json = (value: Packed | undefined): string | undefined =>
    value === undefined ? undefined : schema.describeValue(key, value);
  return { ...schema.describeKey(key), before: json(before), after: json(after) };
}

function explainEvent(event: EmittedEvent): ExplainedEvent {
  const attributes = event.map(({ kind, value }) => {
    try {
      return { kind: kind.kind, value: encodeJson(kind.schema, value) };
    } catch {
      // Some values have no JSON form, such as a vote that does not exist.
      return { kind: kind.kind, value: JSON.stringify(kind.encode(value)) };
    }
  });
  return { application: event[0].kind.app, attributes };
}

function explainEnvelope(raw: Uint8Array): ExplainedEnvelope | undefined {
  try {
    const signed = decodeCbor(transaction.SignedTransaction, raw);
    const tx = signature.decodeBlob(transaction.Transaction, signed);
    const { method, nonce, fee } = tx;
    const { publicKey: signer } = signed.signature;
    return { method, signer, account: stakingAddress(signer), nonce, fee, body: explainBody(tx) };
  } catch {
    return undefined;
  }
}

function explainBody(tx: transaction.Transaction): string | undefined {
  const called = transaction.lookupMethod(tx.method);
  if (called === undefined) return tx.body === null ? undefined : JSON.stringify(toBase64(tx.body));
  try {
    return encodeJson(called.body, transaction.decodeBody(called, tx));
  } catch {
    return undefined;
  }
}

function explainRefusal({ code, codespace, error }: TransactionResult): Refusal | undefined {
  if (error === undefined) return undefined;
  const data = error instanceof WadiError ? (error.data ?? {}) : {};
  const facts = Object.fromEntries(Object.entries(data).map(([name, value]) => [name, String(value)]));
  return { module: codespace, code, reason: reasonOf(error), facts };
}
