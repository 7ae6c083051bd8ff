// The bytes of one chunk: the entries of a version 0 proof as CBOR items, compressed. Entries are
// written while the tree is walked; the proof is never held in memory.
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { EMPTY_HASH, HASH_SIZE, childHash, encodedSize, writeNode } from "../node.ts";
import type { Child, Node } from "../node.ts";
import { writePacked } from "../packed.ts";
import { PROOF_ENTRY_FULL, PROOF_ENTRY_HASH } from "../sync/proof.ts";
import { SnappyFrameWriter } from "./snappy-writer.ts";

/** Takes the entries of one chunk after another. */
export class ChunkWriter {
  readonly #frames: SnappyFrameWriter;
  readonly #reference = Buffer.alloc(1 + HASH_SIZE, PROOF_ENTRY_HASH);
  #entry = Buffer.allocUnsafeSlow(4096);
  #digest: Hash = createHash("sha512-256");
  #sizeEstimate = 0;

  /** `sink` gets the compressed bytes in order, as copies that it may keep. */
  constructor(sink: (bytes: Uint8Array) => void) {
    this.#frames = new SnappyFrameWriter((frame) => {
      this.#digest.update(frame);
      sink(frame.slice());
    });
  }

  /** What the chunk size limit is compared with; not the size of the chunk. */
  get sizeEstimate(): number {
    return this.#sizeEstimate;
  }

  /** An expanded node. */
  full(node: Node): void {
    const size = 1 + encodedSize(node, "compact-v0");
    if (this.#entry.length < size) this.#entry = Buffer.allocUnsafeSlow(size * 2);
    this.#entry[0] = PROOF_ENTRY_FULL;
    writeNode(this.#entry, node, "compact-v0", 1);
    this.#frames.writeBytesItem(this.#entry.subarray(0, size));
    this.#sizeEstimate += size;
  }

  /** A leaf that its internal node already brought: the estimate counts it once more. */
  embedded(leaf: Node): void {
    this.#sizeEstimate += 1 + encodedSize(leaf, "compact-v0");
  }

  /** A subtree that belongs to another chunk, or nothing. */
  reference(child: Child): void {
    const hash = childHash(child);
    if (hash === EMPTY_HASH) {
      this.#frames.writeNullItem();
      return;
    }
    writePacked(this.#reference, hash, 1);
    this.#frames.writeBytesItem(this.#reference);
  }

  /** Ends the chunk and returns its digest as hex. */
  finish(): string {
    this.#frames.finish();
    const digest = this.#digest.digest("hex");
    this.#digest = createHash("sha512-256");
    this.#sizeEstimate = 0;
    return digest;
  }
}
