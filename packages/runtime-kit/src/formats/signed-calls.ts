// The format of transactions for runtimes that need nothing special: a call, signed with an Ed25519
// key, with a nonce per account. Accounts are those of the consensus layer, outputs look like those
// of the runtime SDK (oasis-sdk runtime-sdk/src/module.rs, `CallResult`).
import {
  decodeCborItem,
  encodeCbor,
  named,
  nullable,
  optional,
  raw,
  struct,
  text,
  u32,
  u64,
  type TypeOf,
} from "@wadi/codec";
import {
  bindContext,
  chainContext,
  signatureContext,
  SignatureVerifier,
  stakingAddress,
  type Signer,
} from "@wadi/crypto";
import type { FullContext } from "@wadi/crypto";
import { signature, type Address, type Namespace } from "@wadi/types";
import { fromHex, WadiError } from "@wadi/util";
import type { TransactionFormat } from "../definition.ts";
import { callError, ErrInvalidNonce, ErrInvalidSignature, ErrMalformedTransaction, NotYetError } from "../errors.ts";
import { table } from "../state/state.ts";

/** What is signed. */
export const Call = struct("runtime-kit.Call", {
  nonce: u64,
  method: text,
  args: raw,
});
export type Call = TypeOf<typeof Call>;

/** A transaction. */
export const SignedCall = signature.signedAs("runtime-kit.SignedCall");
export type SignedCall = TypeOf<typeof SignedCall>;

const CallFailure = struct("runtime-kit.CallFailure", { module: text, code: u32, message: optional(text) });

/** An output: one of the two is set. */
export const CallResult = struct("runtime-kit.CallResult", {
  ok: optional(raw),
  failure: named("fail", optional(nullable(CallFailure))),
});
export type CallResult = TypeOf<typeof CallResult>;

const base = signatureContext("wadi/runtime-kit: call", {
  chainSeparated: true,
  suffix: { separator: " for runtime ", maxLength: 64 },
});

/** Signatures of one runtime on one network are worth nothing elsewhere. */
function contextOf(runtimeId: Namespace, chain: string): FullContext {
  return bindContext(base, { chain: chainContext(chain), suffix: runtimeId });
}

/** A signed call, ready to be submitted. */
export function signCall(
  call: Call,
  { runtimeId, chainContext: chain }: { readonly runtimeId: Namespace; readonly chainContext: string },
  signer: Signer,
): Uint8Array {
  return encodeCbor(SignedCall, signature.signValue(Call, call, contextOf(runtimeId, chain), signer));
}

/** A transaction as it was read. Its signature is verified when it is authenticated. */
export interface ReadCall {
  readonly signed: SignedCall;
  readonly call: Call;
  readonly caller: Address;
}

function decodeWhole<T>(schema: Parameters<typeof decodeCborItem<T>>[0], bytes: Uint8Array): T {
  const { value, end } = decodeCborItem(schema, bytes);
  if (end !== bytes.length) throw callError(ErrMalformedTransaction, "trailing bytes");
  return value;
}

/** Next nonces by address. Runtimes keep their own keys clear of this prefix. */
export const NONCE_PREFIX = "\u0000kit/nonce/";

const nonces = table(NONCE_PREFIX, u64);

/** The format; `context.caller` is the account that signed. */
export function signedCalls(): TransactionFormat<ReadCall> {
  const verifier = new SignatureVerifier();
  return {
    decode(input) {
      try {
        const signed = decodeWhole(SignedCall, input);
        const call = decodeWhole(Call, signed.untrustedRawValue ?? new Uint8Array(0));
        return { signed, call, caller: stakingAddress(signed.signature.publicKey) };
      } catch (e) {
        if (!(e instanceof WadiError)) throw e;
        throw callError(ErrMalformedTransaction, e.message);
      }
    },
    call: ({ call: { method, args } }) => ({ method, args: args ?? new Uint8Array(0) }),
    caller: ({ caller }) => caller,
    metadata: ({ state }, { call, caller }) => ({
      sender: fromHex(caller),
      senderSeq: call.nonce,
      senderStateSeq: nonces.get(state, fromHex(caller)) ?? 0n,
    }),
    authenticate({ state, runtimeId, chainContext: chain }, { signed, call, caller }) {
      const { publicKey, signature: bytes } = signed.signature;
      const blob = signed.untrustedRawValue ?? new Uint8Array(0);
      if (!verifier.verify(publicKey, contextOf(runtimeId, chain), blob, bytes)) throw callError(ErrInvalidSignature);
      const account = fromHex(caller);
      const expected = nonces.get(state, account) ?? 0n;
      if (call.nonce < expected) throw callError(ErrInvalidNonce, `expected ${expected}`);
      if (call.nonce > expected)
        throw new NotYetError(ErrInvalidNonce.module, ErrInvalidNonce.code, "nonce in the future");
      nonces.set(state, account, expected + 1n);
    },
    encode: (outcome) =>
      encodeCbor(
        CallResult,
        outcome.ok ? { ok: outcome.result, failure: null } : { ok: null, failure: failureOf(outcome.error) },
      ),
  };
}

function failureOf({
  module,
  code,
  message,
}: {
  readonly module: string;
  readonly code: number;
  readonly message: string;
}) {
  return { module, code, message };
}
