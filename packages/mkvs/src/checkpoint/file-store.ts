// Checkpoints as files (go/storage/mkvs/checkpoint/file.go), in the reference's layout:
//
//   <folder>/<root version>/<root hash>/meta          metadata as CBOR, written last
//   <folder>/<root version>/<root hash>/chunks/<n>    bytes of chunk n
import { mkdir, open, readFile, readdir, rename, rm, rmdir, unlink, writeFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import { WadiError } from "@wadi/util";
import type { Hash } from "@wadi/types";
import type { Child } from "../node.ts";
import type { NodeStore } from "../node-store.ts";
import type { Root } from "../root.ts";
import { createChunks } from "./chunker.ts";
import type { ChunkerOptions } from "./chunker.ts";
import { ErrCheckpointNotFound, ErrChunkNotFound, ErrCorruptedMetadata } from "./errors.ts";
import { CHECKPOINT_VERSION, Metadata } from "./metadata.ts";
import type { ChunkMetadata, GetCheckpointsRequest } from "./metadata.ts";
import { Pace } from "../pace.ts";
import type { PaceOptions } from "../pace.ts";

/** A tree that stays readable until it is disposed. */
export interface OpenTree extends Disposable {
  readonly store: NodeStore;
  readonly root: Child;
}

/** Opens the tree to make a checkpoint of; throws ErrRootNotFound and the like. */
export type OpenTreeAt = (root: Root) => OpenTree;

const META = "meta";
const CHUNKS = "chunks";
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** Compressed bytes collected before they are written. */
const WRITE_SIZE = 1 << 20;

function isMissing(e: unknown): boolean {
  return e instanceof Error && "code" in e && (e.code === "ENOENT" || e.code === "ENOTDIR");
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (e) {
    if (isMissing(e)) return [];
    throw e;
  }
}

/** Makes, lists, serves and deletes checkpoints. */
export class FileCheckpointStore {
  readonly #folder: string;
  readonly #openTree: OpenTreeAt;
  /** Checkpoints that are being made, by folder. */
  readonly #creating = new Map<string, Promise<Metadata>>();

  constructor(folder: string, openTree: OpenTreeAt) {
    this.#folder = folder;
    this.#openTree = openTree;
  }

  /**
   * Makes the checkpoint of a root, or returns it if it exists. The event loop is not held for
   * longer than the pace says. On failure nothing remains. Throws what opening and reading the
   * tree throws, ErrCorruptedMetadata, and file system errors.
   */
  create(root: Root, options: ChunkerOptions, pace?: PaceOptions): Promise<Metadata> {
    const folder = this.#checkpointFolder(root);
    const running = this.#creating.get(folder);
    if (running !== undefined) return running;
    const creation = this.#create(folder, root, options, pace).finally(() => this.#creating.delete(folder));
    this.#creating.set(folder, creation);
    return creation;
  }

  /** All checkpoints of the one format there is, ordered by path as text; the namespace is not looked at. */
  async list(request: GetCheckpointsRequest): Promise<Metadata[]> {
    if (request.version !== CHECKPOINT_VERSION) return [];
    const versions = request.rootVersion === null ? await namesIn(this.#folder) : [request.rootVersion.toString()];
    const found: Metadata[] = [];
    for (const version of versions) {
      for (const name of await namesIn(join(this.#folder, version))) {
        const metadata = await readMetadata(join(this.#folder, version, name));
        if (metadata !== undefined) found.push(metadata);
      }
    }
    return found;
  }

  /** The checkpoint of a root; throws ErrCheckpointNotFound or ErrCorruptedMetadata. */
  async get(version: number, root: Root): Promise<Metadata> {
    const metadata = version === CHECKPOINT_VERSION ? await readMetadata(this.#checkpointFolder(root)) : undefined;
    if (metadata === undefined) throw new WadiError(ErrCheckpointNotFound);
    return metadata;
  }

  /** Deletes the checkpoint of a root, `meta` first; throws ErrCheckpointNotFound. */
  async delete(version: number, root: Root): Promise<void> {
    if (version !== CHECKPOINT_VERSION) throw new WadiError(ErrCheckpointNotFound);
    const folder = this.#checkpointFolder(root);
    try {
      await unlink(join(folder, META));
    } catch (cause) {
      throw new WadiError(ErrCheckpointNotFound, { cause });
    }
    await rm(folder, { recursive: true, force: true });
    await this.#dropEmptyVersion(root);
  }

  /** The bytes of a chunk, whatever digest the request names; throws ErrChunkNotFound. */
  async chunk({ version, root, index }: ChunkMetadata): Promise<Uint8Array> {
    if (version !== CHECKPOINT_VERSION) throw new WadiError(ErrChunkNotFound);
    try {
      return await readFile(join(this.#checkpointFolder(root), CHUNKS, index.toString()));
    } catch (cause) {
      if (isMissing(cause)) throw new WadiError(ErrChunkNotFound, { cause });
      throw cause;
    }
  }

  #checkpointFolder({ version, hash }: Root): string {
    return join(this.#folder, version.toString(), hash);
  }

  async #dropEmptyVersion({ version }: Root): Promise<void> {
    try {
      await rmdir(join(this.#folder, version.toString()));
    } catch {
      // Another root of the version has a checkpoint.
    }
  }

  async #create(folder: string, root: Root, options: ChunkerOptions, pace?: PaceOptions): Promise<Metadata> {
    try {
      const existing = await readMetadata(folder);
      if (existing !== undefined) return existing;
      // Left behind by a crash; a longer list of chunks must not survive.
      await rm(folder, { recursive: true, force: true });
      await mkdir(join(folder, CHUNKS), { recursive: true, mode: FOLDER_MODE });
      const chunks = await this.#writeChunks(join(folder, CHUNKS), root, options, pace);
      const metadata: Metadata = { version: CHECKPOINT_VERSION, root, chunks };
      const meta = join(folder, META);
      await writeFile(`${meta}.new`, encodeCbor(Metadata, metadata), { mode: FILE_MODE, flush: true });
      await rename(`${meta}.new`, meta);
      return metadata;
    } catch (e) {
      await rm(folder, { recursive: true, force: true });
      await this.#dropEmptyVersion(root);
      throw e;
    }
  }

  async #writeChunks(folder: string, root: Root, options: ChunkerOptions, paceOptions?: PaceOptions): Promise<Hash[]> {
    using tree = this.#openTree(root);
    const pace = new Pace(paceOptions);
    const digests: Hash[] = [];
    let file: ChunkFile | undefined;
    try {
      for (const step of createChunks(tree.store, tree.root, options)) {
        file ??= await ChunkFile.create(join(folder, String(digests.length)));
        if (step.kind === "bytes") {
          await file.write(step.bytes);
        } else {
          digests.push(step.digest as Hash);
          await file.finish();
          file = undefined;
        }
        if (pace.due) await pace.turn();
      }
    } finally {
      await file?.abandon();
    }
    return digests;
  }
}

/** One chunk being written; small pieces are collected. */
class ChunkFile {
  readonly #handle: FileHandle;
  #collected: Uint8Array[] = [];
  #size = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async create(path: string): Promise<ChunkFile> {
    return new ChunkFile(await open(path, "w", FILE_MODE));
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#collected.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= WRITE_SIZE) await this.#flush();
  }

  async finish(): Promise<void> {
    try {
      await this.#flush();
      // The metadata must not be on disk before what they describe.
      await this.#handle.datasync();
    } finally {
      await this.#handle.close();
    }
  }

  async abandon(): Promise<void> {
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#collected);
    this.#collected = [];
    this.#size = 0;
    await this.#handle.writeFile(bytes);
  }
}

async function readMetadata(folder: string): Promise<Metadata | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(folder, META));
  } catch (e) {
    if (isMissing(e)) return undefined;
    throw e;
  }
  try {
    return decodeCbor(Metadata, bytes);
  } catch (cause) {
    throw new WadiError(ErrCorruptedMetadata, { context: join(folder, META), cause });
  }
}
