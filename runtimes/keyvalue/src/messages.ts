// Methods that emit messages to the consensus layer, and the results that come a block later. What
// a message was for is kept in the state until then.
import { decodeCbor, type Schema } from "@wadi/codec";
import { BatchError, method, nothing, type BlockContext, type CallContext, type Method } from "@wadi/runtime-kit";
import { registry, staking, type roothash } from "@wadi/types";
import { utf8 } from "@wadi/util";
import { AddEscrow, ReclaimEscrow, Transfer, UpdateRuntime, Withdraw } from "./calls.ts";
import { testError } from "./format.ts";

/** Result of each kind of message, by the name under which it waits. */
const resultSchemas: Readonly<Record<string, Schema<unknown>>> = {
  withdraw: staking.WithdrawResult,
  transfer: staking.TransferResult,
  add_escrow: staking.AddEscrowResult,
  reclaim_escrow: staking.ReclaimEscrowResult,
  update_runtime: registry.Runtime,
};

const PENDING_PREFIX = Uint8Array.of(0x00);

function pendingKey(index: number): Uint8Array {
  const key = new Uint8Array(5);
  new DataView(key.buffer).setUint32(1, index);
  return key;
}

function emitter<Args>(kind: string, args: Schema<Args>, toMessage: (args: Args) => roothash.Message): Method {
  return method({
    args,
    result: nothing,
    validate({ maxMessages }) {
      if (maxMessages < 1) throw testError("message limit too low");
    },
    call(context: CallContext, value) {
      context.state.insert(pendingKey(context.emitMessage(toMessage(value))), utf8(kind));
      return null;
    },
  });
}

const noMessage: roothash.Message = { staking: null, registry: null, governance: null };

function stakingMessage(part: Partial<roothash.StakingMessage>): roothash.Message {
  const none = { v: 0, transfer: null, withdraw: null, addEscrow: null, reclaimEscrow: null };
  return { ...noMessage, staking: { ...none, ...part } };
}

export const messageMethods: Readonly<Record<string, Method>> = {
  consensus_withdraw: emitter("withdraw", Withdraw, ({ withdraw }) => stakingMessage({ withdraw })),
  consensus_transfer: emitter("transfer", Transfer, ({ transfer }) => stakingMessage({ transfer })),
  consensus_add_escrow: emitter("add_escrow", AddEscrow, ({ escrow }) => stakingMessage({ addEscrow: escrow })),
  consensus_reclaim_escrow: emitter("reclaim_escrow", ReclaimEscrow, ({ reclaimEscrow }) =>
    stakingMessage({ reclaimEscrow }),
  ),
  update_runtime: emitter("update_runtime", UpdateRuntime, ({ updateRuntime }) => ({
    ...noMessage,
    registry: { v: 0, updateRuntime },
  })),
};

/** Takes the results of the last round's messages; each must belong to one that waits, and none may be left. */
export function takeMessageResults({ state, messageResults }: BlockContext): void {
  for (const { index, result } of messageResults) {
    const kind = state.remove(pendingKey(index));
    const schema = kind === undefined ? undefined : resultSchemas[new TextDecoder().decode(kind)];
    if (schema === undefined) throw new BatchError("test", 1, `unexpected result of message ${index}`);
    if (result === null) throw new BatchError("test", 1, `message ${index} failed`);
    decodeCbor(schema, result);
  }
  for (const [key] of state.entries(PENDING_PREFIX)) {
    if (key.length === 5) throw new BatchError("test", 1, "leftover message metadata (some messages not processed?)");
  }
}
