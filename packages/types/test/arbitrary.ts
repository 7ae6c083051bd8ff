// Random values of any schema, from what the schema says about itself.
import { decodeCbor, encodeCbor, type Schema, type Shape } from "@wadi/codec";
import { toHex } from "@wadi/util";
import fc from "fast-check";

const bytes = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: size, maxLength: size });
const U64_MAX = (1n << 64n) - 1n;

/** Items of CBOR: an integer, a text, null-free containers. */
const rawItems = ["00", "18ff", "6161", "80", "a0", "a1616101", "f5"].map((hex) =>
  Uint8Array.from(Buffer.from(hex, "hex")),
);
const jsonTexts = ["{}", "[]", '{"a":1}', '"x"', "7"].map((text) => Uint8Array.from(Buffer.from(text)));

/** Unicode without lone surrogates, which have no UTF-8. */
const text = fc.string({ maxLength: 12, unit: "binary" });

/** Runtime IDs keep the flag bits clear, everything else of fixed size is arbitrary. */
function fixedHex(name: string, size: number): fc.Arbitrary<string> {
  const any = bytes(size).map(toHex);
  return name === "namespace" ? any.map((hex) => "00".repeat(8) + hex.slice(16)) : any;
}

const time = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: 0n, max: 1n << 33n }).map((seconds) => ({ seconds, nanos: 0 })),
);

/** Schemas whose values are to be of another choice than the shape suggests. */
export type Choices = ReadonlyMap<Schema<unknown>, fc.Arbitrary<unknown>>;

const noChoices: Choices = new Map();

function enumeration(shape: Extract<Shape, { kind: "enumeration" }>): fc.Arbitrary<number> {
  const named = shape.names === undefined ? [] : Object.keys(shape.names).map(Number);
  return fc.oneof(fc.nat({ max: 255 }), ...named.map((value) => fc.constant(value)));
}

/** Values of the wrapped schema, taken through the wire, because a conversion changes their type. */
function converted(schema: Schema<unknown>, inner: Schema<unknown>, choices: Choices): fc.Arbitrary<unknown> {
  return arbitrary(inner, choices).map((value) => decodeCbor(schema, encodeCbor(inner, value)));
}

function container(
  shape: Extract<Shape, { kind: "list" | "map" }>,
  minLength: number,
  choices: Choices,
): fc.Arbitrary<unknown> {
  if (shape.kind === "list") return fc.array(arbitrary(shape.item, choices), { minLength, maxLength: 3 });
  const entry = fc.tuple(arbitrary(shape.key, choices), arbitrary(shape.value, choices));
  return fc
    .uniqueArray(entry, { minLength, maxLength: 3, selector: ([key]) => String(key) })
    .map((entries) => new Map(entries));
}

/** A value that may be null and, if not, is not empty: an empty one is left out and comes back as null. */
function nilable(inner: Schema<unknown>, choices: Choices): fc.Arbitrary<unknown> {
  const { shape } = inner;
  if (shape.kind === "list" || shape.kind === "map") return fc.oneof(fc.constant(null), container(shape, 1, choices));
  return fc.oneof(fc.constant(null), fc.uint8Array({ minLength: 1, maxLength: 8 }));
}

/** Values of a schema whose CBOR form gives the same value back. */
export function arbitrary(schema: Schema<unknown>, choices: Choices = noChoices): fc.Arbitrary<unknown> {
  const chosen = choices.get(schema);
  if (chosen !== undefined) return chosen;
  const { shape } = schema;
  switch (shape.kind) {
    case "bool":
      return fc.boolean();
    case "text":
      return text;
    case "float64":
      return fc.double({ noNaN: true });
    case "u8":
      return fc.nat({ max: 0xff });
    case "u16":
      return fc.nat({ max: 0xffff });
    case "u32":
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case "i64":
    case "duration":
      return fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
    case "u64":
      return fc.oneof(fc.bigInt({ min: 0n, max: U64_MAX }), fc.constant(U64_MAX), fc.constant(0n));
    case "i64Number":
      return fc.maxSafeInteger();
    case "u64Number":
      return fc.maxSafeNat();
    case "bytes":
      return fc.uint8Array({ maxLength: 8 });
    case "raw":
      return fc.constantFrom(...rawItems);
    case "jsonRaw":
      return fc.constantFrom(...jsonTexts);
    case "quantity":
      return fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 1n << 200n }));
    case "time":
      return time;
    case "fixedHex":
      return fixedHex(schema.name, shape.size);
    case "fixedBytes":
    case "lenientBytes":
      return bytes(shape.size);
    case "enumeration":
      return enumeration(shape);
    case "list":
    case "map":
      return container(shape, 0, choices);
    case "nullable":
      return fc.oneof(fc.constant(null), arbitrary(shape.inner, choices));
    case "nilable":
      return nilable(shape.inner, choices);
    case "refine":
    case "withJson":
    case "withText":
    case "lazy":
      return arbitrary(shape.inner, choices);
    case "transform":
      return converted(schema, shape.inner, choices);
    case "versioned": {
      const newest = Math.max(...shape.versions.keys());
      return arbitrary(shape.versions.get(newest) as Schema<unknown>, choices).map((value) => ({
        ...(value as object),
        v: newest,
      }));
    }
    case "struct":
    case "arrayStruct":
      return fc.record(
        Object.fromEntries(shape.fields.map(({ property, schema: of }) => [property, arbitrary(of, choices)])),
        {
          noNullPrototype: true,
        },
      );
    case "custom":
      throw new Error(`${schema.name} does not say what it is made of`);
  }
}
