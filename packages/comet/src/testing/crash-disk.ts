// A disk in memory on which the machine can stop at any write, and then loses what was not synced.
import {
  MemoryWal,
  StagingDatabase,
  type EngineDatabase,
  type SignStateStorage,
  type WalFiles,
} from "@wadi/comet-core";
import { MemoryStore, type KvStore } from "@wadi/kv";
import { CommittedStates, TestApplication, type TestApplicationOptions } from "./test-application.ts";

/** The machine stops; what is on the disk stays. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/** What is lost with a crash: nothing but the process, or also all that was not synced. */
export type CrashKind = "process" | "machine";

/** A log whose bytes are lost where they were not synced. */
class CrashWal extends MemoryWal {
  #synced = 0;

  override sync(): void {
    this.#synced = this.sizeBytes("head");
  }

  /** Keeps what was synced and `torn` bytes more. */
  lose(torn: number): void {
    this.truncateHead(Math.min(this.sizeBytes("head"), this.#synced + torn));
    this.sync();
  }

  override rotate(number: number): void {
    super.rotate(number);
    this.#synced = 0;
  }
}

export class CrashDisk {
  readonly #store = new MemoryStore();
  readonly #wal = new CrashWal();
  readonly #appDisk = new CommittedStates();
  #signState: string | undefined;
  /** Names of the writes so far. */
  readonly writes: string[] = [];
  /** Every text that the sign state had. */
  readonly signStates: string[] = [];
  #crashAt: number | undefined;
  #isAfter = false;

  /** Stops at the n-th write from now (0 is the next), before or after it. */
  crashAt(n: number, isAfter: boolean): void {
    this.#crashAt = this.writes.length + n;
    this.#isAfter = isAfter;
  }

  /** The machine is on again. */
  restart(kind: CrashKind, torn: number): void {
    this.#crashAt = undefined;
    if (kind === "process") return;
    this.#wal.lose(torn);
    // The application's commit may be lost with the machine.
    if (torn % 2 === 1) this.#appDisk.states.pop();
  }

  #write<T>(name: string, body: () => T): T {
    const number = this.writes.push(name) - 1;
    if (number === this.#crashAt && !this.#isAfter) throw new Crash(`before ${name}`);
    const result = body();
    if (number === this.#crashAt) throw new Crash(`after ${name}`);
    return result;
  }

  get database(): EngineDatabase {
    const store: KvStore = this.#store;
    return new StagingDatabase({
      get: (key) => store.get(key),
      keys: (range) => store.keys(range),
      entries: (range) => store.entries(range),
      write: (body) => this.#write("database", () => store.write(body)),
    });
  }

  get wal(): WalFiles {
    const wal = this.#wal;
    return {
      rotated: () => wal.rotated(),
      read: (file) => wal.read(file),
      sizeBytes: (file) => wal.sizeBytes(file),
      append: (bytes) => this.#write("log append", () => wal.append(bytes)),
      sync: () => this.#write("log sync", () => wal.sync()),
      rotate: (number) => this.#write("log rotation", () => wal.rotate(number)),
      truncateHead: (length) => wal.truncateHead(length),
      copyDamagedHead: () => wal.copyDamagedHead(),
      remove: (number) => wal.remove(number),
    };
  }

  get signState(): SignStateStorage {
    return {
      read: () => this.#signState,
      replace: (text) =>
        this.#write("sign state", () => {
          this.#signState = text;
          this.signStates.push(text);
        }),
    };
  }

  /** Loses the sign state, or puts an old one back. */
  setSignState(text: string | undefined): void {
    this.#signState = text;
  }

  application(options: TestApplicationOptions = {}): TestApplication {
    const application = new TestApplication({ ...options, disk: this.#appDisk });
    const commit = application.commit.bind(application);
    application.commit = () => this.#write("application commit", commit);
    return application;
  }
}
