// How much an address may withdraw from a vault: so much in each interval of blocks.
// Reference: go/vault/api/policy.go.
import type { vault } from "@wadi/types";

type AddressState = vault.AddressState;

/** What has been withdrawn counts on as long as the interval stays the same. */
export function withPolicy(state: AddressState, withdrawPolicy: vault.WithdrawPolicy): AddressState {
  const isSameInterval = state.withdrawPolicy.limitInterval === withdrawPolicy.limitInterval;
  return isSameInterval ? { ...state, withdrawPolicy } : { withdrawPolicy, bucket: 0n, amount: 0n };
}

/** The state after the withdrawal at this height, undefined if it is not allowed. */
export function authorizeWithdrawal(state: AddressState, height: number, amount: bigint): AddressState | undefined {
  if (amount === 0n) return state;
  const { limitAmount, limitInterval } = state.withdrawPolicy;
  if (limitAmount === 0n || limitInterval === 0n) return undefined;
  const bucket = BigInt(height) / limitInterval;
  const total = amount + (bucket === state.bucket ? state.amount : 0n);
  return total > limitAmount ? undefined : { ...state, bucket, amount: total };
}
