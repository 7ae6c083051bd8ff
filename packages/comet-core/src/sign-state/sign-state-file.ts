// The sign state as the JSON text of `oasis_priv_validator.json`.
import type { PublicKey } from "@wadi/crypto";
import { fromBase64, fromHex, LruMap, toBase64, toHex, WadiError } from "@wadi/util";
import { ErrSignStateInvalid } from "./errors.ts";
import { SignStep, type SignState } from "./sign-state.ts";

export interface StoredSignState {
  readonly state: SignState;
  readonly publicKey: PublicKey;
}

/** The keys of this process's validators in base64. */
const keyTexts = new LruMap<PublicKey, string>(16);

function keyText(publicKey: PublicKey): string {
  const text = keyTexts.get(publicKey) ?? toBase64(fromHex(publicKey));
  keyTexts.set(publicKey, text);
  return text;
}

/** The text of the file, on one line as the reference writes it. */
export function printSignState({ state, publicKey }: StoredSignState): string {
  const { height, round, step, signature, signBytes } = state;
  return JSON.stringify({
    height,
    round,
    step,
    // Left out where undefined.
    signature: signature && toBase64(signature),
    signbytes: signBytes && toHex(signBytes).toUpperCase(),
    public_key: keyText(publicKey),
  });
}

const steps: readonly unknown[] = Object.values(SignStep);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function optional(value: unknown, parse: (text: string) => Uint8Array): Uint8Array | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw new RangeError("text expected");
  return parse(value);
}

/** Throws ErrSignStateInvalid, which tells the name if there is one. */
export function parseSignState(text: string, name?: string): StoredSignState {
  try {
    const value = JSON.parse(text) as Record<string, unknown> | null;
    if (typeof value !== "object" || value === null) throw new RangeError("object expected");
    const { height, round, step } = value;
    if (!isCount(height) || !isCount(round) || !steps.includes(step)) throw new RangeError("height, round or step");
    const key = optional(value["public_key"], fromBase64);
    if (key?.length !== 32) throw new RangeError("public key");
    const signature = optional(value["signature"], fromBase64);
    const signBytes = optional(value["signbytes"], fromHex);
    return {
      state: { height, round, step: step as SignStep, signature, signBytes },
      publicKey: toHex(key) as PublicKey,
    };
  } catch (e) {
    if (!(e instanceof SyntaxError) && !(e instanceof RangeError)) throw e;
    const context = name === undefined ? e.message : `${name}: ${e.message}`;
    throw new WadiError(ErrSignStateInvalid, { context, cause: e });
  }
}
