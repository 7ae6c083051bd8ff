// Hex text from the outside.
import { fromHex } from "@wadi/util";

import { TeeError, type TeeErrorKind } from "./errors.ts";

/** Bytes of hex text of either case, of this size if one is given; throws `kind`. */
export function hexBytes(text: string, size: number | undefined, kind: TeeErrorKind): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = fromHex(text);
  } catch (e) {
    throw new TeeError(kind, { cause: e });
  }
  if (size !== undefined && bytes.length !== size) throw new TeeError(kind);
  return bytes;
}
