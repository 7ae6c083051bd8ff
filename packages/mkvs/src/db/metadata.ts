import { WadiError } from "@wadi/util";
import { ErrIncompatibleDatabase, fail } from "../errors.ts";

/** Version of the layout that `keys.ts` and its users describe. */
const SCHEMA_VERSION = 1;

/** State of the whole database; rewritten with every change. */
export interface Metadata {
  /** Hex. */
  readonly namespace: string;
  readonly earliest: bigint;
  readonly lastFinalized: bigint | null;
  /** A restore under way: its version and, by root type, the hash of the root that its chunks belong to. */
  readonly multipart: { readonly version: bigint; readonly roots: Readonly<Record<string, string>> } | null;
  /** Places from here on are free. What lies there was left by a crash. */
  readonly nextId: number;
}

export function newMetadata(namespace: string): Metadata {
  return { namespace, earliest: 0n, lastFinalized: null, multipart: null, nextId: 1 };
}

export function encodeMetadata(metadata: Metadata): Uint8Array {
  const { namespace, earliest, lastFinalized, multipart, nextId } = metadata;
  return Buffer.from(
    JSON.stringify({
      schema: SCHEMA_VERSION,
      namespace,
      earliest: String(earliest),
      lastFinalized: lastFinalized === null ? null : String(lastFinalized),
      multipart: multipart === null ? null : { version: String(multipart.version), roots: multipart.roots },
      nextId,
    }),
  );
}

interface Stored {
  schema: number;
  namespace: string;
  earliest: string;
  lastFinalized: string | null;
  multipart: { version: string; roots: Record<string, string> } | null;
  nextId: number;
}

/** Throws ErrIncompatibleDatabase for another layout or namespace. */
export function decodeMetadata(bytes: Uint8Array, namespace: string): Metadata {
  const stored = parse(bytes);
  if (stored.schema !== SCHEMA_VERSION) {
    fail(ErrIncompatibleDatabase, `schema version ${stored.schema}, expected ${SCHEMA_VERSION}`);
  }
  if (stored.namespace !== namespace) {
    fail(ErrIncompatibleDatabase, `namespace ${stored.namespace}, expected ${namespace}`);
  }
  try {
    const { multipart, lastFinalized, nextId } = stored;
    // A wrong number here would let new nodes overwrite old ones.
    if (!Number.isSafeInteger(nextId) || nextId < 1) throw new RangeError("nextId");
    return {
      namespace,
      earliest: BigInt(stored.earliest),
      lastFinalized: lastFinalized === null ? null : BigInt(lastFinalized),
      multipart: multipart === null ? null : { version: BigInt(multipart.version), roots: multipart.roots },
      nextId,
    };
  } catch (cause) {
    throw new WadiError(ErrIncompatibleDatabase, { context: "damaged metadata", cause });
  }
}

function parse(bytes: Uint8Array): Stored {
  try {
    return Object(JSON.parse(Buffer.from(bytes).toString())) as Stored;
  } catch (cause) {
    throw new WadiError(ErrIncompatibleDatabase, { context: "unreadable metadata", cause });
  }
}
