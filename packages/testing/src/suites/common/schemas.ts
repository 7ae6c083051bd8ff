// Audits every schema against the layout of its Go type: members, their order in JSON and CBOR,
// when they are left out, and what they hold.
import assert from "node:assert/strict";
import { CborWriter, OutputBuffer, type Schema, type Shape, type StructField } from "@wadi/codec";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { schemaOfGoType } from "./go-types.ts";

interface GoField {
  readonly key: string;
  readonly json_key?: string;
  readonly type: string;
  readonly omitempty?: boolean;
  readonly cbor_omitted_when?: string;
  readonly json_omitted_when?: string;
}

interface GoType {
  readonly name: string;
  readonly cbor: string;
  readonly fields?: readonly GoField[];
  readonly cbor_key_order?: readonly string[];
}

const wrappers = new Set(["nullable", "nilable", "transform", "refine", "withJson", "withText", "lazy"]);

/** The schema under conversions and checks; `stop` says where to end early. */
function unwrapped(schema: Schema<unknown>, stop: (shape: Shape) => boolean = () => false): Schema<unknown> {
  let inner = schema;
  for (;;) {
    const { shape } = inner;
    if (stop(shape)) return inner;
    if (wrappers.has(shape.kind) && "inner" in shape) inner = shape.inner;
    else if (shape.kind === "versioned") inner = latest(shape.versions);
    else return inner;
  }
}

function latest(versions: ReadonlyMap<number, Schema<unknown>>): Schema<unknown> {
  const found = versions.get(Math.max(...versions.keys()));
  if (found === undefined) throw new Error("no versions");
  return found;
}

const isPointerShape = ({ kind }: Shape): boolean => kind === "nullable" || kind === "nilable";

/** Members of a struct or array struct, looked for under wrappers. */
function fieldsOf(schema: Schema<unknown>): readonly StructField[] {
  const { shape } = unwrapped(schema);
  if (shape.kind !== "struct" && shape.kind !== "arrayStruct") throw new Error(`not a structure but ${shape.kind}`);
  return shape.fields;
}

const isList = (type: string): boolean => type.startsWith("[]");
const isMap = (type: string): boolean => type.startsWith("map[") || type === "consensus/api/transaction.Costs";
const isBytes = (type: string): boolean => type === "bytes" || type === "net.IP";
const isPointer = (type: string): boolean => type.startsWith("*");

/** Splits `map[K]V`, whose key may hold brackets. */
function mapParts(type: string): readonly [key: string, value: string] {
  if (type === "consensus/api/transaction.Costs") return ["string", "uint64"];
  let depth = 0;
  for (let i = 3; i < type.length; i++) {
    if (type[i] === "[") depth++;
    if (type[i] === "]" && --depth === 0) return [type.slice(4, i), type.slice(i + 1)];
  }
  throw new Error(`malformed map type ${type}`);
}

/** Asserts that a schema can stand for a Go type, wherever it occurs. */
function assertKind(schema: Schema<unknown>, type: string, where: string): void {
  if (isPointer(type)) {
    assertKind(schema, type.slice(1), where);
    return;
  }
  const { shape } = unwrapped(schema);
  if (isList(type)) {
    assert.equal(shape.kind, "list", where);
    if (shape.kind === "list") assertKind(shape.item, type.slice(2), `${where}[]`);
  } else if (isMap(type)) {
    assert.equal(shape.kind, "map", where);
    if (shape.kind !== "map") return;
    const [key, value] = mapParts(type);
    assertKind(shape.key, key, `${where} key`);
    assertKind(shape.value, value, `${where} value`);
  } else {
    assertNamedType(schema, type, where);
  }
}

const integerKinds: Readonly<Record<string, readonly string[]>> = {
  i64: ["i64", "i64Number", "duration"],
  u64: ["u64", "u64Number"],
};

function assertNamedType(schema: Schema<unknown>, type: string, where: string): void {
  const expected = schemaOfGoType(type);
  assert.ok(expected, `${where}: no schema for ${type}`);
  const same = unwrapped(schema).shape;
  const wanted = unwrapped(expected).shape;
  if (wanted.kind === "struct" || wanted.kind === "arrayStruct") {
    assert.equal(unwrapped(schema).name, unwrapped(expected).name, `${where}: structure`);
  } else if (wanted.kind === "enumeration") {
    assert.deepEqual(same, wanted, where);
  } else if ("size" in wanted) {
    assert.deepEqual(same, wanted, where);
  } else {
    const allowed = integerKinds[wanted.kind] ?? [wanted.kind];
    assert.ok(allowed.includes(same.kind), `${where}: ${same.kind} for ${type}`);
  }
}

/** Whether the schema tells null from the type's zero, and whether it should. */
function assertNil(field: StructField, go: GoField, where: string): void {
  const { shape } = unwrapped(field.schema, isPointerShape);
  const keepsNil = isPointerShape(shape);
  if (isPointer(go.type)) assert.equal(shape.kind, "nullable", `${where}: pointer`);
  else if (isList(go.type) || isMap(go.type) || isBytes(go.type)) {
    if (go.omitempty === true) assert.notEqual(shape.kind, "nullable", `${where}: empty values must be left out`);
    else assert.equal(shape.kind, "nullable", `${where}: nil and empty differ`);
  } else assert.equal(keepsNil, false, `${where}: cannot be nil`);
}

/** What the class of omission says about the member's zero value. */
function assertOmission(field: StructField, go: GoField, where: string): void {
  assert.equal(field.omittable, go.omitempty === true, `${where}: tagged`);
  if (go.omitempty !== true) return;
  const zero = field.schema.zero();
  const cborNever = go.cbor_omitted_when?.startsWith("never") === true;
  const jsonNever = go.json_omitted_when?.startsWith("never") === true;
  assert.equal(field.schema.isEmpty(zero), !cborNever, `${where}: zero in CBOR`);
  // The file calls a structure without members of its own empty in neither form.
  assert.equal(field.schema.isEmptyJson(zero), !jsonNever && !cborNever, `${where}: zero in JSON`);
}

/** Keys in the order the encoder writes them, from the encoding of the zero value. */
function encodedZero(schema: Schema<unknown>): Uint8Array {
  const out = new OutputBuffer();
  schema.encode(new CborWriter(out), schema.zero());
  return out.copy();
}

function canonicalOrder(keys: readonly string[]): string[] {
  return keys.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

function auditStruct(type: GoType, schema: Schema<unknown>): number {
  const fields = fieldsOf(schema);
  const goFields = type.fields ?? [];
  assert.deepEqual(
    fields.map(({ key }) => key),
    goFields.map(({ key }) => key),
    "keys in order of declaration",
  );
  for (const [i, go] of goFields.entries()) {
    const field = fields[i] as StructField;
    const where = `${type.name}.${go.key}`;
    assert.equal(field.jsonKey, go.json_key ?? go.key, `${where}: JSON name`);
    assertOmission(field, go, where);
    assertNil(field, go, where);
    assertKind(field.schema, go.type, where);
  }
  if (type.cbor_key_order === undefined) return goFields.length;
  assert.deepEqual(canonicalOrder(fields.map(({ key }) => key)), type.cbor_key_order, "canonical order");
  return goFields.length;
}

/** Types that are no structures: the major type the file says. */
function auditScalar(type: GoType, schema: Schema<unknown>): void {
  if (type.cbor.startsWith("map[")) {
    assertKind(schema, type.cbor, type.name);
    return;
  }
  const head = (encodedZero(schema)[0] ?? 0) >> 5;
  const majors: readonly (readonly [prefix: string, ...allowed: number[]])[] = [
    ["uint", 0],
    ["int", 0, 7],
    ["byte string", 2, 7],
    ["text", 3],
    ["raw CBOR item", 7],
    ["custom", 5],
  ];
  const entry = majors.find(([prefix]) => type.cbor.startsWith(prefix));
  assert.ok(entry, `unknown kind ${type.cbor}`);
  assert.ok(entry.slice(1).includes(head), `${type.cbor} is written with major type ${head}`);
}

export const suite: Suite = {
  file: "common/schemas",
  run(r: Recorder): void {
    const file = loadVector<{ readonly types: readonly GoType[] }>("common/schemas");
    if (file === undefined) throw new Error("common/schemas is absent");
    let members = 0;
    for (const type of file.types) {
      r.case(type.name, () => {
        const schema = schemaOfGoType(type.name);
        assert.ok(schema, "has a schema");
        if (type.fields !== undefined || type.cbor === "map") members += auditStruct(type, schema);
        else auditScalar(type, schema);
      });
    }
    r.case("members", () => {
      const listed = file.types.reduce((sum, { fields = [] }) => sum + fields.length, 0);
      assert.equal(members, listed);
    });
  },
};
