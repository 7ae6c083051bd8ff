// Where an engine keeps what it must not lose.
import { join } from "node:path";
import { MemoryWal, type SignStateStorage, type WalFiles } from "@wadi/comet-core";
import { LmdbStore, MemoryStore, type KvStore, type LmdbOptions } from "@wadi/kv";
import { DirectoryLock } from "./directory-lock.ts";
import { makeFolder } from "./durable-files.ts";
import { SignStateFile } from "./sign-state-file.ts";
import { WalDirectory } from "./wal-directory.ts";

export interface EngineStorage extends AsyncDisposable {
  /** Blocks, states and evidence. */
  readonly database: KvStore;
  readonly wal: WalFiles;
  readonly signState: SignStateStorage;
}

const DATABASE_FILE = "engine.wadi.db";
/** Names of the reference, so that operators find them. */
const WAL_FOLDER = "cs.wal";
const SIGN_STATE_FILE = "oasis_priv_validator.json";

/** The database of an engine's directory, for a program that only reads it. Throws ErrStoreFailed. */
export function openEngineDatabase(
  directory: string,
  options: Pick<LmdbOptions, "readOnly" | "residentBytes"> = {},
): KvStore {
  return new LmdbStore({ ...options, path: join(directory, "data", DATABASE_FILE) });
}

/**
 * The storage of a directory, which is made if it is not there. Throws ErrDirectoryInUse, ErrFile,
 * ErrStoreFailed.
 */
export function openDirectory(directory: string, options: Pick<LmdbOptions, "residentBytes"> = {}): EngineStorage {
  using started = new DisposableStack();
  const lock = started.use(new DirectoryLock(directory));
  makeFolder(join(directory, "data"));
  const wal = started.use(new WalDirectory(join(directory, "data", WAL_FOLDER)));
  const database = openEngineDatabase(directory, options);
  const signState = new SignStateFile(join(directory, SIGN_STATE_FILE));
  started.move();
  return {
    database,
    wal,
    signState,
    async [Symbol.asyncDispose]() {
      await database.close();
      signState[Symbol.dispose]();
      wal[Symbol.dispose]();
      lock[Symbol.dispose]();
    },
  };
}

/** Storage that ends with the process. */
export function memoryStorage(): EngineStorage {
  const database = new MemoryStore();
  let text: string | undefined;
  return {
    database,
    wal: new MemoryWal(),
    signState: {
      read: () => text,
      replace: (next) => {
        text = next;
      },
    },
    [Symbol.asyncDispose]: () => database.close(),
  };
}
