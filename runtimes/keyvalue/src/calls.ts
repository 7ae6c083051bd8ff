// Transactions, arguments and outputs of the reference's test runtime
// (oasis-core tests/runtimes/simple-keyvalue/src/types.rs).
import { bytes, named, nullable, optional, raw, struct, text, u64, u8, type TypeOf } from "@wadi/codec";
import { registry, staking } from "@wadi/types";

export const Call = struct("keyvalue.Call", { sender: bytes, nonce: u64, method: text, args: raw });
export type Call = TypeOf<typeof Call>;

/** One of the two is set. */
export const CallOutput = struct("keyvalue.CallOutput", {
  success: named("Success", optional(raw)),
  error: named("Error", optional(nullable(text))),
});

const keyMembers = { key: text, generation: u64, churpId: u8 };

export const Get = struct("keyvalue.Get", keyMembers);
export const Remove = struct("keyvalue.Remove", keyMembers);
export const Insert = struct("keyvalue.Insert", { ...keyMembers, value: text });
export const Withdraw = struct("keyvalue.Withdraw", { withdraw: staking.Withdraw });
export const Transfer = struct("keyvalue.Transfer", { transfer: staking.Transfer });
export const AddEscrow = struct("keyvalue.AddEscrow", { escrow: staking.Escrow });
export const ReclaimEscrow = struct("keyvalue.ReclaimEscrow", { reclaimEscrow: staking.ReclaimEscrow });
export const UpdateRuntime = struct("keyvalue.UpdateRuntime", { updateRuntime: registry.Runtime });
