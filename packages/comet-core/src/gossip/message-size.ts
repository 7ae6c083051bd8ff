import { WadiError } from "@wadi/util";
import { ErrMessageTooLarge } from "./errors.ts";

/** Refuses a message longer than its channel allows: ErrMessageTooLarge, and the peer is disconnected. */
export function checkMessageSize(bytes: Uint8Array, max: number): void {
  if (bytes.length <= max) return;
  throw new WadiError(ErrMessageTooLarge, { context: `${bytes.length} bytes, at most ${max}` });
}
