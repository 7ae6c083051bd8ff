// Structures whose member `v` decides how the rest is read (go/common/cbor/versioned.go). Their Go
// types have their own decoders, which decode strictly whatever the mode around them.
import { CborReader } from "./cbor-reader.ts";
import { modeRules } from "./cbor-rules.ts";
import type { ModeRules } from "./cbor-rules.ts";
import { DecodeError } from "./errors.ts";
import { u16 } from "./integers.ts";
import { defineSchema } from "./schema.ts";
import type { Schema } from "./schema.ts";
import { struct } from "./struct.ts";
import { nullable } from "./nullable.ts";

const INVALID_VERSION = 0xffff;
const INVALID = "cbor: missing or invalid version";

/** Null keeps the invalid version that the reference starts from. */
const probe = struct("cbor.Versioned", { v: nullable(u16) });

/** Unknown members are ignored, everything else is strict. */
const probeRules: ModeRules = modeRules.rpc;

/** The version of the item at the reader, which does not move; undefined where the probe fails. */
function peekVersion(reader: CborReader): number | undefined {
  const { bytes, offset } = reader;
  // Canonical order puts `v` first. Whatever is wrong with the rest, the strict decode finds it.
  const [head = 0, keyHead, key, version = INVALID_VERSION] = bytes.subarray(offset, offset + 4);
  const isNonEmptyMap = head > 0xa0 && head < 0xb8;
  if (isNonEmptyMap && keyHead === 0x61 && key === 0x76 && version < 24) return version;
  try {
    return probeVersionAt(new CborReader(bytes, probeRules, offset));
  } catch (e) {
    if (e instanceof DecodeError) return undefined;
    throw e;
  }
}

function probeVersionAt(reader: CborReader): number {
  const { v } = probe.decode(reader);
  if (v === null || v === INVALID_VERSION) throw new DecodeError(INVALID);
  return v;
}

/** The version of a versioned structure; throws DecodeError if there is none or the input is malformed. */
export function probeVersion(bytes: Uint8Array): number {
  if (bytes.length === 0) throw new DecodeError("EOF", 0);
  return probeVersionAt(new CborReader(bytes, probeRules));
}

export interface Versions<T> {
  /** Version to schema; older ones usually `transform` to the current value. */
  readonly versions: Readonly<Record<number, Schema<T>>>;
  /**
   * Version 0, for structures that once had no `v`: whatever has no valid version is read as this.
   * Without it such input is refused.
   */
  readonly missing?: Schema<T>;
  /** The schema that writes a value. Default: that of the highest version. */
  readonly writes?: (value: T) => Schema<T>;
  /** Message for other versions. */
  readonly unknownVersion?: (version: number) => string;
}

/** A structure of several versions. It is never left out, and null is refused unless `missing` takes it. */
export function versioned<T>(name: string, options: Versions<T>): Schema<T> {
  const versions = new Map(Object.entries(options.versions).map(([version, schema]) => [Number(version), schema]));
  const newest = versions.get(Math.max(...versions.keys()));
  if (newest === undefined) throw new TypeError(`${name} has no versions`);
  const { missing, unknownVersion = (version) => `invalid ${name} version: ${version}` } = options;
  const writes = options.writes ?? ((): Schema<T> => newest);
  const select = (reader: CborReader): Schema<T> => {
    const version = peekVersion(reader) ?? (missing === undefined ? undefined : 0);
    // Without a version the probe's own error says what is wrong.
    if (version === undefined) probeVersionAt(new CborReader(reader.bytes, probeRules, reader.offset));
    const schema = version === 0 && missing !== undefined ? missing : versions.get(version ?? INVALID_VERSION);
    if (schema === undefined) throw reader.fail(unknownVersion(version ?? INVALID_VERSION));
    return schema;
  };
  return defineSchema<T>({
    name,
    shape: { kind: "versioned", versions, missing },
    zero: newest.zero,
    encode: (writer, value) => writes(value).encode(writer, value),
    decode: (reader) => {
      const { rules } = reader;
      reader.passSelfDescribedTags();
      reader.rules = modeRules.strict;
      const value = select(reader).decode(reader);
      reader.rules = rules;
      return value;
    },
    // JSON knows no versions: the Go type has no decoder of its own there.
    toJson: (writer, value) => newest.toJson(writer, value),
    fromJson: (reader) => newest.fromJson(reader),
  });
}
