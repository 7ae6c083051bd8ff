// Overlays (go/storage/mkvs/overlay.go): changes kept beside an inner tree until they are
// committed into it or dropped. They nest.
import { ErrTreeClosed, fail } from "./errors.ts";
import { checkKeyLength } from "./key-value-tree.ts";
import type { KeyValueTree, TreeIterator } from "./key-value-tree.ts";
import { pack, unpack, unpackValue } from "./packed.ts";
import type { Packed } from "./packed.ts";
import { SortedMap } from "./sorted-map.ts";

/** Reads of unchanged keys go to the inner tree every time. */
export class Overlay implements KeyValueTree {
  #inner: KeyValueTree | undefined;
  #values = new SortedMap();
  /** Keys whose state is here: in `#values`, or else removed. */
  #dirty = new Set<Packed>();

  constructor(inner: KeyValueTree) {
    this.#inner = inner;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return unpackValue(this.getPacked(pack(key)));
  }

  insert(key: Uint8Array, value: Uint8Array): void {
    this.insertPacked(pack(key), pack(value));
  }

  remove(key: Uint8Array): void {
    this.removePacked(pack(key));
  }

  removeExisting(key: Uint8Array): Uint8Array | undefined {
    return unpackValue(this.removeExistingPacked(pack(key)));
  }

  getPacked(key: Packed): Packed | undefined {
    const inner = this.#open();
    return this.#dirty.has(key) ? this.#values.get(key) : inner.getPacked(key);
  }

  insertPacked(key: Packed, value: Packed): void {
    this.#open();
    checkKeyLength(key);
    this.#values.set(key, value);
    this.#dirty.add(key);
  }

  /** Counts as a change even if the inner tree has no such key, as in the reference. */
  removePacked(key: Packed): void {
    this.#open();
    this.#dirty.add(key);
    this.#values.delete(key);
  }

  /** Counts as a change only if the key is there or was changed before. */
  removeExistingPacked(key: Packed): Packed | undefined {
    const inner = this.#open();
    if (this.#dirty.has(key)) return this.#values.delete(key);
    const value = inner.getPacked(key);
    if (value !== undefined) this.#dirty.add(key);
    return value;
  }

  /** Follows removals from the overlay, but not changes of the inner tree. */
  iterate(): TreeIterator {
    return new OverlayIterator(this.#open().iterate(), this.#values, this.#dirty);
  }

  /** An independent copy of the changes, over `inner` or over the same inner tree. */
  copy(inner?: KeyValueTree): Overlay {
    const copy = new Overlay(inner ?? this.#open());
    copy.#values = this.#values.copy();
    copy.#dirty = new Set(this.#dirty);
    return copy;
  }

  /** Applies the changes to the inner tree, which is returned; the overlay is then without changes. */
  commit(): KeyValueTree {
    const inner = this.#open();
    for (const [key, value] of this.#values.entries()) inner.insertPacked(key, value);
    for (const key of this.#dirty) {
      if (this.#values.get(key) === undefined) inner.removePacked(key);
    }
    this.#values.clear();
    this.#dirty.clear();
    return inner;
  }

  /** Drops the changes; the inner tree stays open. */
  close(): void {
    this.#inner = undefined;
    this.#values.clear();
    this.#dirty.clear();
  }

  #open(): KeyValueTree {
    return this.#inner ?? fail(ErrTreeClosed);
  }
}

class OverlayIterator implements TreeIterator {
  readonly #inner: TreeIterator;
  readonly #values: SortedMap;
  readonly #dirty: ReadonlySet<Packed>;
  #overlayKey: Packed | undefined;

  constructor(inner: TreeIterator, values: SortedMap, dirty: ReadonlySet<Packed>) {
    this.#inner = inner;
    this.#values = values;
    this.#dirty = dirty;
  }

  get valid(): boolean {
    return this.#inner.valid || this.#overlayKey !== undefined;
  }

  get packedKey(): Packed {
    return this.#onInner() ? this.#inner.packedKey : (this.#overlayKey as Packed);
  }

  get packedValue(): Packed {
    if (this.#onInner()) return this.#inner.packedValue;
    return this.#values.get(this.#overlayKey as Packed) ?? "";
  }

  get key(): Uint8Array {
    return unpack(this.packedKey);
  }

  get value(): Uint8Array {
    return unpack(this.packedValue);
  }

  seek(key: Uint8Array): void {
    this.seekPacked(pack(key));
  }

  rewind(): void {
    this.seekPacked("");
  }

  seekPacked(key: Packed): void {
    this.#inner.seekPacked(key);
    this.#skipChanged();
    this.#overlayKey = this.#values.firstFrom(key);
  }

  next(): void {
    if (!this.valid) return;
    if (this.#onInner()) {
      this.#inner.next();
      this.#skipChanged();
      // The key ahead may have been removed meanwhile.
      if (this.#overlayKey !== undefined) this.#overlayKey = this.#values.firstFrom(this.#overlayKey);
    } else {
      this.#overlayKey = this.#values.firstFrom(this.#overlayKey as Packed, true);
    }
  }

  /** Which of the two stands at the lower key. Changed keys are never shown from the inner tree. */
  #onInner(): boolean {
    if (!this.#inner.valid) {
      if (this.#overlayKey === undefined) throw new RangeError("iterator is not at a key");
      return false;
    }
    return this.#overlayKey === undefined || this.#inner.packedKey < this.#overlayKey;
  }

  #skipChanged(): void {
    while (this.#inner.valid && this.#dirty.has(this.#inner.packedKey)) this.#inner.next();
  }
}
