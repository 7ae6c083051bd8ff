// The JSON face of structs.
import type { JsonReader } from "./json-reader.ts";
import type { JsonWriter } from "./json-writer.ts";
import { atMember } from "./errors.ts";
import { jsonString } from "./json-writer.ts";
import type { Schema, StructField } from "./schema.ts";

/** Letter case folding of encoding/json: two non-ASCII letters fold to ASCII ones. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll("\u017f", "s");
}

interface JsonMember {
  readonly property: string;
  readonly jsonKey: string;
  /** The name as a JSON string literal. */
  readonly literal: Uint8Array;
  readonly omittable: boolean;
  readonly schema: Schema<unknown>;
}

/** Finds members of a JSON object by name: exactly, else without regard to letter case. */
class JsonNames {
  readonly #exact = new Map<string, number>();
  readonly #folded = new Map<string, number>();

  constructor(fields: readonly StructField[]) {
    for (const [i, { jsonKey }] of fields.entries()) {
      this.#exact.set(jsonKey, i);
      if (!this.#folded.has(fold(jsonKey))) this.#folded.set(fold(jsonKey), i);
    }
  }

  find(name: string): number | undefined {
    return this.#exact.get(name) ?? this.#folded.get(fold(name));
  }
}

/** Reads the announced member name; members usually come in declaration order, of which `from` is the next. */
function readJsonName(
  reader: JsonReader,
  members: readonly JsonMember[],
  names: JsonNames,
  from: number,
): number | undefined {
  for (let i = from; i < members.length; i++) {
    if (reader.takeMemberName((members[i] as JsonMember).literal)) return i;
  }
  return names.find(reader.memberName());
}

/** Reads an object into `target`, which has all properties; true if any value differs from `zeros`. */
function readJsonMembers(
  reader: JsonReader,
  name: string,
  members: readonly JsonMember[],
  names: JsonNames,
  target: Record<string, unknown>,
): boolean {
  let current: JsonMember | undefined;
  let next = 0;
  let changed = false;
  reader.openObject(name);
  try {
    for (let i = 0; reader.nextMember(i === 0); i++) {
      current = undefined;
      const index = readJsonName(reader, members, names, next);
      current = index === undefined ? undefined : members[index];
      if (index === undefined || current === undefined) {
        reader.skip();
        continue;
      }
      next = index + 1;
      // On null Go clears what can be nil and leaves everything else as it is.
      if (!current.schema.nilable && reader.takeNull()) continue;
      const value = current.schema.fromJson(reader);
      if (!Object.is(value, target[current.property])) {
        target[current.property] = value;
        changed = true;
      }
    }
  } catch (e) {
    throw current === undefined ? e : atMember(e, current.jsonKey);
  }
  return changed;
}

function writeJsonMembers(writer: JsonWriter, members: readonly JsonMember[], value: Record<string, unknown>): void {
  writer.openObject();
  for (const { property, literal, omittable, schema } of members) {
    const member = value[property];
    if (omittable && schema.isEmptyJson(member)) continue;
    writer.verbatimKey(literal);
    schema.toJson(writer, member);
  }
  writer.closeObject();
}

/** What the JSON face of a struct works with. */
interface JsonTables {
  readonly names: JsonNames;
  readonly members: readonly JsonMember[];
}

function jsonTables(fields: readonly StructField[]): JsonTables {
  const members = fields.map(({ property, jsonKey, omittable, schema }) => ({
    property,
    jsonKey,
    literal: Buffer.from(jsonString(jsonKey)),
    omittable,
    schema,
  }));
  return { names: new JsonNames(fields), members };
}

/** The JSON face of named members, for `struct` and `arrayStruct`. Most structs of a program never show it. */
export function jsonFace(
  name: string,
  fields: readonly StructField[],
  zero: () => Readonly<Record<string, unknown>>,
): {
  toJson(writer: JsonWriter, value: Record<string, unknown>): void;
  fromJson(reader: JsonReader): Readonly<Record<string, unknown>>;
} {
  let tables: JsonTables | undefined;
  return {
    toJson: (writer, value) => writeJsonMembers(writer, (tables ??= jsonTables(fields)).members, value),
    fromJson: (reader) => {
      if (reader.takeNull()) return zero();
      const { members, names } = (tables ??= jsonTables(fields));
      const target = { ...zero() };
      // A document holds many values that are all zero; they share one object.
      return readJsonMembers(reader, name, members, names, target) ? target : zero();
    },
  };
}
