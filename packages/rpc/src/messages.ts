// Messages in the body of a call: a flag, a length and the payload (gRPC over HTTP/2,
// "Length-Prefixed-Message"). They begin and end anywhere in the pieces that a body comes in.

/** Bytes of one payload. */
export const MAX_MESSAGE_BYTES = 104_857_600;

export const PREFIX_BYTES = 5;

/** The prefix of a payload that is not compressed. */
export function prefixOf(length: number): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(length, 1);
  return prefix;
}

/** A copy of the payload behind its prefix. It has memory of its own: of a pool's it would hold 64 KiB while it waits. */
export function framed(payload: Uint8Array): Buffer {
  const message = Buffer.allocUnsafeSlow(PREFIX_BYTES + payload.length);
  message[0] = 0;
  message.writeUInt32BE(payload.length, 1);
  message.set(payload, PREFIX_BYTES);
  return message;
}

/** A prefix tells of a payload beyond the limit. */
export class MessageTooLong extends Error {
  override readonly name = "MessageTooLong";
}

/** Room for a message at first, and how many times more it gets when that is full. */
const FIRST_ROOM_BYTES = 65_536;
const GROWTH = 16;
const NOTHING = Buffer.alloc(0);

/**
 * Copies each piece to its place when it comes, so that no turn of the event loop handles a whole
 * message. Room is made as a message grows: a prefix alone costs nothing, whatever length it tells.
 */
export class MessageAssembler {
  readonly #maxBytes: number;
  /** The prefix and as much of the payload as was read. */
  #room = NOTHING;
  #read = 0;
  /** Of the message with its prefix, once that was read. */
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a message has begun and not ended. */
  get isWithin(): boolean {
    return this.#read > 0;
  }

  /** Takes the next piece. Returns the messages that it ends, with their prefixes. Throws MessageTooLong. */
  write(piece: Buffer): Buffer[] {
    const messages: Buffer[] = [];
    for (let at = 0; at < piece.length;) {
      at += this.#take(piece, at);
      if (this.#read < PREFIX_BYTES || this.#read < this.#size) continue;
      messages.push(this.#room);
      this.#room = NOTHING;
      this.#read = 0;
      this.#size = 0;
    }
    return messages;
  }

  /** Copies what belongs to the current message, or to its prefix; returns how much that is. */
  #take(piece: Buffer, at: number): number {
    const goal = this.#size === 0 ? PREFIX_BYTES : this.#size;
    const count = Math.min(goal - this.#read, piece.length - at);
    this.#makeRoom(this.#read + count, goal);
    piece.copy(this.#room, this.#read, at, at + count);
    this.#read += count;
    if (this.#size === 0 && this.#read === PREFIX_BYTES) this.#size = PREFIX_BYTES + this.#length();
    return count;
  }

  #length(): number {
    const length = this.#room.readUInt32BE(1);
    const max = this.#maxBytes;
    if (length > max) throw new MessageTooLong(`grpc: received message larger than max (${length} vs. ${max})`);
    return length;
  }

  #makeRoom(least: number, goal: number): void {
    const { length } = this.#room;
    if (least <= length) return;
    const room = Buffer.allocUnsafeSlow(Math.min(goal, Math.max(least, FIRST_ROOM_BYTES, length * GROWTH)));
    this.#room.copy(room, 0, 0, this.#read);
    this.#room = room;
  }
}
