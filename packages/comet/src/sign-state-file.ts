import type { SignStateStorage } from "@wadi/comet-core";
import { utf8 } from "@wadi/util";
import { readTextIfThere, replaceFileDurably } from "./durable-files.ts";

const OWNER_ONLY = 0o600;

/** The file `oasis_priv_validator.json`. Throws ErrFile. */
export class SignStateFile implements SignStateStorage {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  read(): string | undefined {
    return readTextIfThere(this.#path);
  }

  replace(text: string): void {
    replaceFileDurably(this.#path, utf8(text), OWNER_ONLY);
  }
}
