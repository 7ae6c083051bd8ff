// A connection whose frames reach its HTTP/2 session a few at a time. Node's session handles all that
// one read brings in the same turn of the event loop, and 64 KiB hold over a thousand calls, or five
// thousand resets. Ends of connections take their turns too: a thousand may come at once.
import type { Socket } from "node:net";
import { Duplex } from "node:stream";

import type { Crowd } from "./crowd.ts";
import { FrameBoundaries } from "./frame-boundaries.ts";

/** A call is two frames or three; each costs some 0.1 ms, whatever its handler does. */
const FRAMES_AT_ONCE = 8;

type Done = () => void;

export class PacedConnection extends Duplex {
  readonly #socket: Socket;
  readonly #crowd: Crowd;
  readonly #boundaries = new FrameBoundaries();
  /** What was read and is not passed on. While something waits here no more is read. */
  readonly #waiting: Buffer[] = [];
  /** Where the first of them goes on. */
  #offset = 0;
  #hasEnded = false;
  #isWanted = false;
  #isEntered = false;

  /** Takes over the socket. Connections with the same crowd take turns. */
  constructor(socket: Socket, crowd: Crowd) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#crowd = crowd;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("end", () => {
      this.#hasEnded = true;
      this.#passOn();
    });
    // "close" follows, which a failed write need not tell besides.
    socket.on("error", () => undefined);
    socket.on("close", () => crowd.enter(() => this.destroy()));
  }

  override _read(): void {
    this.#isWanted = true;
    this.#passOn();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#socket.write(chunk, () => done());
  }

  /** In one piece: a session writes many small ones, for which copying is the least work. */
  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: Done): void {
    this.#socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), () => done());
  }

  override _final(done: Done): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#waiting.length = 0;
    this.#socket.destroy();
    done(error);
  }

  #take(chunk: Buffer): void {
    this.#waiting.push(chunk);
    this.#passOn();
    if (this.#waiting.length > 0) this.#socket.pause();
  }

  #passOn(): void {
    if (!this.#isWanted || this.#isEntered) return;
    if (this.#waiting.length > 0 || this.#hasEnded) {
      this.#isEntered = true;
      this.#crowd.enter(() => {
        this.#isEntered = false;
        this.#passSome();
      });
    } else this.#socket.resume();
  }

  #passSome(): void {
    const [chunk] = this.#waiting;
    this.#isWanted = false;
    if (chunk === undefined) {
      this.push(null);
      return;
    }
    const start = this.#offset;
    const end = this.#boundaries.after(FRAMES_AT_ONCE, chunk, start);
    this.#offset = end;
    if (end === chunk.length) {
      this.#waiting.shift();
      this.#offset = 0;
    }
    if (this.push(chunk.subarray(start, end))) this.#isWanted = true;
    this.#passOn();
  }
}
