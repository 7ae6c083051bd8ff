// Reference: go/common/namespace.go.
import { fixedHex, type Schema } from "@wadi/codec";
import type { Namespace as NamespaceText } from "@wadi/crypto";

/** The low six bits of the flag byte and the seven bytes after it are reserved. */
const reservedFlags = /^(?:[048c]0)(?:00){7}/;

/**
 * Runtime ID. A byte string with a reserved flag bit is malformed; a list of integers bypasses
 * that check in the reference and here.
 */
export const Namespace: Schema<NamespaceText> = fixedHex<NamespaceText>("namespace", 32, {
  json: "hex",
  wrongLength: "malformed namespace",
  validate: (hex) => (reservedFlags.test(hex) ? undefined : "malformed namespace"),
});
export type Namespace = NamespaceText;
