import { UNKNOWN_CODE, UNKNOWN_MODULE, WadiError } from "@wadi/util";

/**
 * A well-encoded value that breaks a stateless rule where the reference has a plain error: on a
 * wire it reports (`unknown`, 1) unless the caller maps it to an error of its module.
 */
export class ValidationError extends WadiError {
  override readonly name = "ValidationError";

  constructor(what: string) {
    super({ module: UNKNOWN_MODULE, code: UNKNOWN_CODE, text: what });
  }
}
