// The disk of one node: what was written but not synced may be lost or torn when the node stops,
// and the node may stop at any write.
import type { Dice } from "@wadi/testing";

/** Thrown out of a write at which the node stops; whatever ran is gone, the disk remains. */
export class SimulatedCrash extends Error {
  override readonly name = "SimulatedCrash";
}

/** When a write stops the node. */
type CrashMoment = "before" | "after";

/** A file that is only appended to. */
export class LogFile {
  #bytes = new Uint8Array(1024);
  #size = 0;
  #synced = 0;

  /** A copy of what reading gives. */
  read(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  get size(): number {
    return this.#size;
  }

  append(bytes: Uint8Array): void {
    if (this.#size + bytes.length > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.#size + bytes.length));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  sync(): void {
    this.#synced = this.#size;
  }

  /** Replaces the content for good, as a rename of a synced file does. */
  replace(bytes: Uint8Array): void {
    this.#size = 0;
    this.append(bytes);
    this.sync();
  }

  /** Keeps what was synced and a random part of the rest, whose last bytes may be torn. */
  lose(dice: Dice): void {
    this.#size = dice.between(this.#synced, this.#size);
    const torn = dice.below(Math.min(16, this.#size - this.#synced) + 1);
    if (dice.oneIn(2)) this.#bytes.set(dice.bytes(torn), this.#size - torn);
    this.sync();
  }
}

/** One node's disk; stores do their writes through it. */
export class Disk {
  readonly #dice: Dice;
  #writesToCrash = 0;
  #writes = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** Writes of any kind so far. */
  get writes(): number {
    return this.#writes;
  }

  /** Stops the node at the n-th write from now; 0 takes the plan back. */
  crashAtWrite(n: number): void {
    this.#writesToCrash = n;
  }

  /** A transaction or rename: after it everything is on disk, before it nothing. */
  commit(name: string, change: () => void): void {
    const moment = this.#nextWrite();
    if (moment === "before") throw new SimulatedCrash(`before ${name}`);
    change();
    if (moment === "after") throw new SimulatedCrash(`after ${name}`);
  }

  /** An append, which is not on disk before the next sync; a crash inside may leave a part of it. */
  append(name: string, file: LogFile, bytes: Uint8Array): void {
    const moment = this.#nextWrite();
    if (moment === "before") {
      file.append(bytes.subarray(0, this.#dice.below(bytes.length + 1)));
      throw new SimulatedCrash(`during ${name}`);
    }
    file.append(bytes);
    if (moment === "after") throw new SimulatedCrash(`after ${name}`);
  }

  /** Puts all of a file on disk. */
  sync(name: string, file: LogFile): void {
    this.commit(`sync of ${name}`, () => file.sync());
  }

  #nextWrite(): CrashMoment | undefined {
    this.#writes++;
    if (this.#writesToCrash === 0) return undefined;
    this.#writesToCrash--;
    if (this.#writesToCrash > 0) return undefined;
    return this.#dice.oneIn(2) ? "before" : "after";
  }
}
