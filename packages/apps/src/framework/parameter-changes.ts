// The changes that a proposal makes to the parameters of a module.
// Reference: changeParameters in go/consensus/cometbft/apps/*/messages.go.
import { decodeCbor, type Schema } from "@wadi/codec";
import type { governance } from "@wadi/types";

/** Reads them as untrusted input; absent ones change nothing. Throws DecodeError. */
export function decodeParameterChanges<T>(schema: Schema<T>, { changes }: governance.ChangeParametersProposal): T {
  return changes === null ? schema.zero() : decodeCbor(schema, changes);
}
