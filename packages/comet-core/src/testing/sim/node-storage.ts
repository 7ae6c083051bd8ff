// What one node has on disk. It outlives the engines that run on it.
import { proposalSignBytes, voteSignBytes } from "@wadi/comet-types";
import { OWN_PEER } from "../../rounds/types.ts";
import { decodeWal } from "../../wal/wal-records.ts";
import type { WalFiles } from "../../wal/write-ahead-log.ts";
import type { SignStateStorage } from "../../sign-state/private-validator.ts";
import type { Dice } from "@wadi/testing";
import { Disk, LogFile } from "./disk.ts";
import { DatabaseFile, SimDatabase } from "./sim-database.ts";
import { ToyDisk } from "./toy-application.ts";

/** The files of a write-ahead log. */
class SimWalFiles implements WalFiles {
  readonly #disk: Disk;
  readonly #head = new LogFile();
  readonly #older = new Map<number, Uint8Array>();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  rotated(): readonly number[] {
    return [...this.#older.keys()].sort((a, b) => a - b);
  }

  read(file: "head" | number): Uint8Array {
    return file === "head" ? this.#head.read() : (this.#older.get(file)?.slice() ?? new Uint8Array());
  }

  sizeBytes(file: "head" | number): number {
    return file === "head" ? this.#head.size : (this.#older.get(file)?.length ?? 0);
  }

  append(bytes: Uint8Array): void {
    this.#disk.append("append to the log", this.#head, bytes);
  }

  sync(): void {
    this.#disk.sync("log", this.#head);
  }

  rotate(number: number): void {
    this.#disk.commit("rotation of the log", () => {
      this.#older.set(number, this.#head.read());
      this.#head.replace(new Uint8Array());
    });
  }

  truncateHead(lengthBytes: number): void {
    this.#disk.commit("cut of the log", () => this.#head.replace(this.#head.read().subarray(0, lengthBytes)));
  }

  copyDamagedHead(): void {}

  remove(number: number): void {
    this.#disk.commit("removal of a log", () => this.#older.delete(number));
  }

  lose(dice: Dice): void {
    this.#head.lose(dice);
  }
}

/** The file of the private validator; tells what is durable in it. */
class SimSignState implements SignStateStorage {
  readonly #disk: Disk;
  readonly #onDurable: () => void;
  #text: string | undefined;

  constructor(disk: Disk, onDurable: () => void) {
    this.#disk = disk;
    this.#onDurable = onDurable;
  }

  read(): string | undefined {
    return this.#text;
  }

  replace(text: string): void {
    this.#disk.commit("sign state", () => {
      this.#text = text;
      this.#onDurable();
    });
  }
}

export class NodeStorage {
  readonly disk: Disk;
  readonly database: SimDatabase;
  readonly wal: SimWalFiles;
  readonly signState: SimSignState;
  readonly toy = new ToyDisk();
  readonly #dice: Dice;

  /** `onSignState` is called whenever a sign state has become durable, in its file or with a block. */
  constructor(dice: Dice, onSignState: () => void) {
    this.#dice = dice;
    this.disk = new Disk(dice.fork("disk"));
    this.database = new SimDatabase(new DatabaseFile(), this.disk, onSignState);
    this.wal = new SimWalFiles(this.disk);
    this.signState = new SimSignState(this.disk, onSignState);
  }

  /** Sign bytes of all messages in the log that are the node's own. */
  ownMessages(chainId: string): Uint8Array[] {
    const files = ["head" as const, ...this.wal.rotated()];
    return files
      .flatMap((file) => decodeWal(this.wal.read(file)).records)
      .flatMap(({ record }) => {
        if (record.kind !== "message" || record.peer !== OWN_PEER) return [];
        const { message } = record;
        if (message.kind === "vote") return [voteSignBytes(chainId, message.vote)];
        return message.kind === "proposal" ? [proposalSignBytes(chainId, message.proposal)] : [];
      });
  }

  /** The machine fails, or only the process dies: then what was written stays. Plans to crash are void. */
  stop(unsafeCommits: number): void {
    this.disk.crashAtWrite(0);
    if (this.#dice.oneIn(3)) return;
    this.wal.lose(this.#dice);
    this.toy.lose(this.#dice.below(unsafeCommits + 1));
  }
}
