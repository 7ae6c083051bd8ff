// What a private validator signed last, as its holder may keep it beside what was signed: durable
// together with that, where the file of the sign state is written later.
import type { PublicKey } from "@wadi/crypto";
import { utf8, WadiError } from "@wadi/util";
import { ErrSignStateInvalid } from "./errors.ts";
import { parseSignState, printSignState } from "./sign-state-file.ts";
import type { SignPosition, SignState } from "./sign-state.ts";

export interface SignRecord {
  readonly publicKey: PublicKey;
  readonly state: SignState;
  /** What the file had when this was made; a file with less was copied back from somewhere. */
  readonly filed: SignPosition;
}

/** Two lines: the state as its file has it, and a state without signature for `filed`. */
export function encodeSignRecord({ filed, publicKey, state }: SignRecord): Uint8Array {
  const position = { ...filed, signature: undefined, signBytes: undefined };
  return utf8(`${printSignState({ state, publicKey })}\n${printSignState({ state: position, publicKey })}`);
}

/** Throws ErrSignStateInvalid. */
export function decodeSignRecord(bytes: Uint8Array): SignRecord {
  const [state, filed, ...more] = new TextDecoder()
    .decode(bytes)
    .split("\n")
    .map((line) => parseSignState(line));
  if (state === undefined || filed === undefined || more.length > 0) {
    throw new WadiError(ErrSignStateInvalid, { context: "two lines expected" });
  }
  const { height, round, step } = filed.state;
  return { publicKey: state.publicKey, state: state.state, filed: { height, round, step } };
}
