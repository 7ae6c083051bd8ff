import { WadiError, registerError } from "@wadi/util";

/** A configuration that cannot be used; the text is for the operator and complete. */
export const ErrConfig = registerError("config", 1, "configuration");

/** Shows an operator what is wrong, in the words of the reference. */
export class ConfigError extends WadiError {
  constructor(text: string) {
    super({ ...ErrConfig, text });
  }
}

/** A value whose own parser refuses it; loading ends there. */
export class ValueError extends Error {}
