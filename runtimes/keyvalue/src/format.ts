// Unsigned calls with a nonce per sender, as the reference's test runtime has them.
import { decodeCborItem, encodeCbor } from "@wadi/codec";
import { BatchError, CallError, type CallContext, type TransactionFormat } from "@wadi/runtime-kit";
import { concatBytes, WadiError } from "@wadi/util";
import { Call, CallOutput } from "./calls.ts";

/** All errors of this runtime have one code. */
export function testError(message: string): CallError {
  return new CallError("test", 1, message);
}

const NONCE_PREFIX = Uint8Array.of(0xff);

function bigEndian64(value: bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, value);
  return out;
}

/** The nonce that the sender's next transaction must have. */
function nextNonce({ state }: CallContext, sender: Uint8Array): bigint {
  const stored = state.get(concatBytes(NONCE_PREFIX, sender));
  return stored === undefined ? 0n : new DataView(stored.buffer, stored.byteOffset).getBigUint64(0);
}

/** Where the epoch is stored, and how. */
export function storeEpoch({ state, epoch }: { readonly state: CallContext["state"]; readonly epoch: bigint }): void {
  state.insert(Uint8Array.of(0x02), bigEndian64(epoch));
}

function decodeCall(input: Uint8Array): Call {
  try {
    const { value, end } = decodeCborItem(Call, input);
    if (end === input.length) return value;
  } catch (e) {
    if (!(e instanceof WadiError)) throw e;
  }
  // The reference refuses the whole batch, also in checks.
  throw new BatchError("test", 1, "malformed transaction");
}

export const format: TransactionFormat<Call> = {
  decode: decodeCall,
  call: ({ method, args }) => ({ method, args: args ?? new Uint8Array(0) }),
  metadata: (context, { sender, nonce }) => ({
    sender,
    senderSeq: nonce,
    senderStateSeq: nextNonce(context, sender),
  }),
  authenticate(context, { sender, nonce }) {
    const expected = nextNonce(context, sender);
    // A check is content with a nonce whose turn comes later.
    const isValid = context.isCheck ? nonce >= expected : nonce === expected;
    if (!isValid) throw testError(`Invalid nonce: ${nonce}`);
    if (!context.isCheck) context.state.insert(concatBytes(NONCE_PREFIX, sender), bigEndian64(nonce + 1n));
  },
  encode: (outcome) =>
    encodeCbor(
      CallOutput,
      outcome.ok ? { success: outcome.result, error: null } : { success: null, error: outcome.error.message },
    ),
};
