// A thread that verifies Ed25519 signatures with OpenSSL, for all engines of the process. One
// thread and not libuv's pool: the pool's threads take the processors away from the event loop
// as soon as more messages than processors come at once, and each call to it costs a tenth of the
// verification on the event loop. What is handed in during one turn goes over in one message. What
// the thread has no room for yet the event loop verifies itself, one a turn and between its other
// work: while it waited for the thread, one of two processors would do nothing.
//
// It keeps no answers, only decoded keys: what an engine takes as verified is the engine's own.
import { verify } from "node:crypto";
import { Worker } from "node:worker_threads";
import { KeyCache, SIGNATURE_SIZE, type PublicKey } from "@wadi/crypto";

const KEY_SIZE = 32;
const DIGEST_SIZE = 32;
const ITEM_SIZE = KEY_SIZE + DIGEST_SIZE + SIGNATURE_SIZE;
/** Items that the thread has at once: some to work on and some for the time until it gets more. */
const MAX_AHEAD = 8;

/** Hears whether OpenSSL finds the signature good; false also where nobody could be asked. */
export type OnVerified = (isGood: boolean) => void;

/**
 * What the thread runs. Its text is the thread's program, so it names nothing outside of itself.
 * Takes packets of items, each key, digest and signature; answers with a byte for each, in order.
 */
function threadMain(): void {
  const { createPublicKey, verify } = process.getBuiltinModule("node:crypto");
  const { parentPort } = process.getBuiltinModule("node:worker_threads");
  type Key = ReturnType<typeof createPublicKey>;
  const keys = new Map<string, Key>();
  const maxKeys = 4096;
  // Others may go on with the first answers while the rest is computed.
  const answersAtOnce = 4;
  const prefix = Buffer.from("302a300506032b6570032100", "hex");

  const keyOf = (raw: Buffer): Key => {
    const name = raw.toString("latin1");
    const known = keys.get(name);
    if (known !== undefined) return known;
    const made = createPublicKey({ key: Buffer.concat([prefix, raw]), format: "der", type: "spki" });
    if (keys.size >= maxKeys) keys.clear();
    keys.set(name, made);
    return made;
  };
  const isGood = (item: Buffer): boolean => {
    try {
      return verify(null, item.subarray(32, 64), keyOf(item.subarray(0, 32)), item.subarray(64, 128));
    } catch {
      return false;
    }
  };
  parentPort?.on("message", (packet: Uint8Array) => {
    const items = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
    let answers: number[] = [];
    for (let at = 0; at < items.length; at += 128) {
      answers.push(isGood(items.subarray(at, at + 128)) ? 1 : 0);
      if (answers.length < answersAtOnce && at + 128 < items.length) continue;
      parentPort.postMessage(answers);
      answers = [];
    }
  });
}

interface Item {
  readonly publicKey: PublicKey;
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
  readonly done: OnVerified;
}

/** One thread; a program other than its own is for tests of what happens when it fails. */
export class SignatureThread {
  readonly #worker: Worker;
  readonly #keys = new KeyCache();
  /** Oldest first; not on their way yet. */
  #queue: Item[] = [];
  /** Of items in the order in which they were sent. */
  #sent: OnVerified[] = [];
  #isCollecting = false;
  #own: NodeJS.Immediate | undefined;
  #isAlive = true;

  constructor(program: string = `(${threadMain.toString()})()`) {
    this.#worker = new Worker(program, {
      eval: true,
      name: "signatures",
      // Options of the process, such as modules to load first, are not for this one.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 },
    });
    this.#worker.unref();
    this.#worker.on("message", (answers: readonly number[]) => this.#take(answers));
    // Without it all is left to the engines, which verify what was not verified ahead.
    this.#worker.on("error", () => this.#die());
    this.#worker.on("exit", () => this.#die());
  }

  verify(publicKey: PublicKey, digest: Uint8Array, signature: Uint8Array, done: OnVerified): void {
    if (!this.#isAlive) return void setImmediate(() => done(false));
    this.#queue.push({ publicKey, digest, signature, done });
    if (this.#isCollecting) return;
    this.#isCollecting = true;
    queueMicrotask(() => {
      this.#isCollecting = false;
      this.#send();
    });
  }

  /** Gives the thread as much as it may have, and the event loop something to do if more is there. */
  #send(): void {
    if (!this.#isAlive) return;
    const items = this.#queue.splice(0, MAX_AHEAD - this.#sent.length);
    if (items.length > 0) {
      const packet = Buffer.alloc(items.length * ITEM_SIZE);
      for (const [i, { digest, done, publicKey, signature }] of items.entries()) {
        const at = i * ITEM_SIZE;
        packet.write(publicKey, at, KEY_SIZE, "hex");
        packet.set(digest, at + KEY_SIZE);
        packet.set(signature, at + KEY_SIZE + DIGEST_SIZE);
        this.#sent.push(done);
      }
      this.#worker.ref();
      this.#worker.postMessage(packet);
    }
    if (this.#queue.length > 0) this.#own ??= setImmediate(() => this.#verifyOne());
  }

  #verifyOne(): void {
    this.#own = undefined;
    const item = this.#queue.shift();
    if (item === undefined) return;
    if (this.#queue.length > 0) this.#own = setImmediate(() => this.#verifyOne());
    item.done(this.#isGood(item));
  }

  #isGood({ digest, publicKey, signature }: Item): boolean {
    try {
      return verify(null, digest, this.#keys.get(publicKey), signature);
    } catch {
      return false;
    }
  }

  #take(answers: readonly number[]): void {
    if (!this.#isAlive) return;
    const done = this.#sent.splice(0, answers.length);
    this.#send();
    if (this.#sent.length === 0) this.#worker.unref();
    for (const [i, tell] of done.entries()) tell(answers[i] === 1);
  }

  #die(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    clearImmediate(this.#own);
    const left = [...this.#sent, ...this.#queue.map(({ done }) => done)];
    this.#sent = [];
    this.#queue = [];
    for (const tell of left) tell(false);
  }

  async end(): Promise<void> {
    this.#die();
    // The process stays until the thread is gone.
    this.#worker.ref();
    await this.#worker.terminate();
  }
}

let shared: SignatureThread | undefined;
let users = 0;

/** A user's share in the process's thread, which runs from the first verification on as long as it has users. */
export class SignatureThreadUser implements AsyncDisposable {
  #isDisposed = false;

  constructor() {
    users++;
  }

  /**
   * Has a signature of SIGNATURE_SIZE bytes over a digest of 32 bytes verified. `done` is called
   * in a later turn of the event loop, in any order, and not at all after disposal.
   */
  verify(publicKey: PublicKey, digest: Uint8Array, signature: Uint8Array, done: OnVerified): void {
    if (this.#isDisposed) return;
    shared ??= new SignatureThread();
    shared.verify(publicKey, digest, signature, (isGood) => {
      if (!this.#isDisposed) done(isGood);
    });
  }

  /** The thread has ended when this resolves, if nobody else uses it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    users--;
    if (users > 0) return;
    const last = shared;
    shared = undefined;
    await last?.end();
  }
}
