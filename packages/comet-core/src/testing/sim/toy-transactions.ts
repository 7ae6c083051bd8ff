// The transactions of the toy application, as text: a word, a number, and what the kind needs.
import type { PublicKey } from "@wadi/crypto";
import { utf8 } from "@wadi/util";

export type ToyTransaction =
  /** Changes the application's hash. */
  | { readonly kind: "put"; readonly number: number }
  /** Is taken into blocks and fails there. */
  | { readonly kind: "fail"; readonly number: number }
  /** No honest proposer takes it in; a block that has it is refused. */
  | { readonly kind: "forbidden"; readonly number: number }
  | { readonly kind: "power"; readonly number: number; readonly publicKey: PublicKey; readonly power: number };

const decoder = new TextDecoder();

/** `padding` bytes are added at the end, for large blocks. */
export function encodeToyTransaction(tx: ToyTransaction, padding = 0): Uint8Array {
  const change = tx.kind === "power" ? ` ${tx.publicKey} ${tx.power}` : "";
  return utf8(`${tx.kind} ${tx.number}${change} ${"x".repeat(padding)}`);
}

/** Undefined for anything else. */
export function decodeToyTransaction(bytes: Uint8Array): ToyTransaction | undefined {
  const head = decoder.decode(bytes.subarray(0, 120));
  const [, kind, digits, publicKey, power] =
    /^(put|fail|forbidden|power) (\d{1,9})(?: ([0-9a-f]{64}) (\d{1,9}))? x*$/.exec(head) ?? [];
  const number = Number(digits);
  if (kind === "power") {
    if (publicKey === undefined) return undefined;
    return { kind, number, publicKey: publicKey as PublicKey, power: Number(power) };
  }
  if (publicKey !== undefined) return undefined;
  return kind === "put" || kind === "fail" || kind === "forbidden" ? { kind, number } : undefined;
}
