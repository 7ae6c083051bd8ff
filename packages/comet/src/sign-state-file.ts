import type { SignStateStorage } from "@wadi/comet-core";
import { utf8 } from "@wadi/util";
import { readTextIfThere, ReplaceableFile } from "./durable-files.ts";

const OWNER_ONLY = 0o600;

/** The file `oasis_priv_validator.json`. Throws ErrFile. */
export class SignStateFile implements SignStateStorage, Disposable {
  /** Its path. */
  readonly name: string;
  readonly #file: ReplaceableFile;

  constructor(path: string) {
    this.name = path;
    this.#file = new ReplaceableFile(path, OWNER_ONLY);
  }

  read(): string | undefined {
    return readTextIfThere(this.name);
  }

  replace(text: string): void {
    this.#file.replace(utf8(text));
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
