// Reference: go/consensus/api/transaction/gas.go.
import { quantity, struct, u64, type TypeOf } from "@wadi/codec";

export const Fee = struct("transaction.Fee", {
  /** The total fee, not a price. */
  amount: quantity,
  gas: u64,
});
export type Fee = TypeOf<typeof Fee>;
