// Errors as programs of the reference compare them.
import { WadiError, errUnknown, errorToWire, lookupError } from "@wadi/util";

/**
 * Refusals with no more than their registered text, the rest as cause: programs of the reference
 * compare the errors of queries with `==`, which a context makes another error.
 */
export function plainly<T>(answer: () => T): T {
  try {
    return answer();
  } catch (e) {
    const { module, code } = errorToWire(e);
    const kind = lookupError(module, code);
    throw kind === undefined || kind === errUnknown ? e : new WadiError(kind, { cause: e });
  }
}
