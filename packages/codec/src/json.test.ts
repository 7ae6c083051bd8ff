import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, lenientBytes, raw } from "./bytes.ts";
import { withJson, withText } from "./derive.ts";
import { enumeration } from "./enumeration.ts";
import { DecodeError, EncodeError } from "./errors.ts";
import { fixedHex } from "./fixed-hex.ts";
import { i64, u16, u64, u8 } from "./integers.ts";
import { decodeJson, encodeJson } from "./json.ts";
import { jsonRaw } from "./json-raw.ts";
import { list } from "./list.ts";
import { map } from "./map.ts";
import { nullable } from "./nullable.ts";
import { quantity } from "./quantity.ts";
import { bool, float64, text } from "./scalars.ts";
import { named, optional } from "./schema.ts";
import type { Schema } from "./schema.ts";
import { struct } from "./struct.ts";
import { time } from "./time.ts";

const refuses = <T>(schema: Schema<T>, json: string | Uint8Array, message: RegExp): void =>
  assert.throws(() => decodeJson(schema, json), { name: "DecodeError", message }, String(json));

const person = struct("person", {
  name: text,
  kelvinScore: optional(u64),
  nick: optional(nullable(text)),
  tags: optional(list(text)),
});

test("member names match exactly, else without regard to case, with Go's two odd letters", () => {
  assert.equal(decodeJson(person, '{"NAME":"x"}').name, "x");
  assert.equal(decodeJson(person, '{"\u212aelvin_\u017fcore":5}').kelvinScore, 5n);
  assert.equal(decodeJson(person, '{"n\\u0061me":"x"}').name, "x");
  assert.equal(decodeJson(person, '{"other":[1,{"a":null}],"name":"x"}').name, "x", "unknown members");
});

test("of repeated members the last counts; null clears only what can be nil", () => {
  const value = decodeJson(
    person,
    '{"name":"a","name":"b","name":null,"nick":"n","nick":null,"tags":["x"],"tags":null}',
  );
  assert.deepEqual(value, { name: "b", kelvinScore: 0n, nick: null, tags: [] });
});

test("integers are kept whole and are written without fraction or exponent", () => {
  assert.equal(decodeJson(u64, "18446744073709551615"), 18446744073709551615n);
  assert.equal(encodeJson(u64, 18446744073709551615n), "18446744073709551615");
  assert.equal(decodeJson(i64, "-0"), 0n);
  refuses(u64, "18446744073709551616", /out of range/);
  refuses(u64, "-0", /not a decimal integer/);
  refuses(u8, "1.0", /not a decimal integer/);
  refuses(u8, "1e1", /not a decimal integer/);
  refuses(u8, "256", /out of range/);
  refuses(u64, `1${"0".repeat(100_000)}`, /out of range/);
});

test("a member that is minus zero is no zero", () => {
  const ratio = struct("r", { ratio: float64 });
  assert.ok(Object.is(decodeJson(ratio, '{"ratio":-0}').ratio, -0));
  assert.equal(decodeJson(ratio, '{"ratio":0}'), ratio.zero(), "shared");
});

test("syntax errors", () => {
  for (const json of [
    "",
    " ",
    "{",
    "[1,]",
    '{"a":1,}',
    "01",
    "1.",
    ".5",
    "-",
    "+1",
    "tru",
    "nul",
    "[1 2]",
    '"\\x"',
    '"\\u12"',
  ]) {
    refuses(jsonRaw, json, /invalid character|unexpected end/);
  }
  refuses(jsonRaw, '"a\nb"', /invalid character 0x0a/);
  refuses(u8, "1 2", /invalid character '2'/);
  refuses(u8, Uint8Array.of(0xef, 0xbb, 0xbf, 0x31), /invalid character 0xef/);
});

test("values of another kind", () => {
  refuses(text, "5", /cannot decode JSON number into text/);
  refuses(bool, '"true"', /cannot decode JSON string into bool/);
  refuses(u16, "{}", /cannot decode JSON object into u16/);
  refuses(list(u8), "{}", /cannot decode JSON object into \[u8\]/);
  refuses(person, "[]", /cannot decode JSON array into person/);
  refuses(quantity, "5", /cannot decode JSON number into quantity/);
  refuses(list(u8), '{"a":}', /invalid character '}'/);
});

test("deep nesting is refused without exhausting the stack", () => {
  refuses(jsonRaw, "[".repeat(1_000_000), /exceeded max depth/);
  refuses(person, `{"x":${"[".repeat(10_001)}`, /exceeded max depth/);
  const deep = `${"[".repeat(9_999)}${"]".repeat(9_999)}`;
  assert.equal(decodeJson(jsonRaw, deep)?.length, deep.length);
});

test("strings: escapes, invalid UTF-8 and lone surrogates as in Go", () => {
  assert.equal(decodeJson(text, '"\\ud83d\\ude00\\u00e4\\b\\/"'), "\u{1f600}\u00e4\b/");
  assert.equal(decodeJson(text, '"\\ud800x\\udc00"'), "\ufffdx\ufffd");
  assert.equal(decodeJson(text, Uint8Array.of(0x22, 0xe2, 0x82, 0x22)), "\ufffd\ufffd", "one for each byte");
  assert.equal(decodeJson(text, Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0xc3, 0xa4, 0x22)), "\ufffd\ufffd\ufffd\u00e4");
  assert.equal(
    encodeJson(text, '<&>\u2028"\\\u0001\b\f\u007f\ud800'),
    '"\\u003c\\u0026\\u003e\\u2028\\"\\\\\\u0001\\b\\f\u007f\\ufffd"',
  );
  const long = `${"\u00e4".repeat(10_000)}\n`;
  assert.equal(decodeJson(text, encodeJson(text, long)), long);
});

test("floats print as in Go and must be finite", () => {
  for (const [value, printed] of [
    [0, "0"],
    [-0, "-0"],
    [1e21, "1e+21"],
    [1e-7, "1e-7"],
    [0.000001, "0.000001"],
    [100, "100"],
  ] as const) {
    assert.equal(encodeJson(float64, value), printed);
    assert.ok(Object.is(decodeJson(float64, printed), value), printed);
  }
  refuses(float64, "1e400", /out of range/);
  assert.throws(() => encodeJson(float64, Number.NaN), EncodeError);
});

test("bytes: base64 by Go's rules, or a list of numbers", () => {
  assert.deepEqual(decodeJson(bytes, '"AQ\\r\\nID"'), Uint8Array.of(1, 2, 3));
  assert.deepEqual(decodeJson(bytes, '"AR=="'), Uint8Array.of(1), "unused bits");
  assert.deepEqual(decodeJson(bytes, "[1,null,3]"), Uint8Array.of(1, 0, 3));
  for (const bad of ['"AQ"', '"A==="', '"AQ=I"', '"AQ_-"', '" AQID"']) refuses(bytes, bad, /illegal base64/);
  assert.deepEqual(decodeJson(lenientBytes("l3", 3), "[1,2,3,4]"), Uint8Array.of(1, 2, 3));
  refuses(lenientBytes("l3", 3), '"AQID"', /cannot decode JSON string/);
  assert.equal(encodeJson(lenientBytes("l3", 3), Uint8Array.of(1, 2, 3)), "[1,2,3]");
  assert.equal(encodeJson(raw, Uint8Array.of(0xa0)), '"oA=="');
});

test("maps: keys in order of their text, as UTF-8", () => {
  const values = new Map([
    ["\uffff", 1],
    ["\u{10000}", 2],
    ["b", 3],
    ["aa", 4],
  ]);
  assert.equal(encodeJson(map(text, u8), values), '{"aa":4,"b":3,"\uffff":1,"\u{10000}":2}');
  assert.equal(
    encodeJson(
      map(u64, u8),
      new Map([
        [9n, 1],
        [10n, 2],
      ]),
    ),
    '{"10":2,"9":1}',
  );
  assert.deepEqual([...decodeJson(map(u64, u8), '{"007":1,"7":2}')], [[7n, 2]]);
  for (const key of ["", "-1", "+1", "1_0", "0x1", " 1"])
    refuses(map(u64, u8), `{"${key}":1}`, /not a decimal integer/);
  refuses(map(u64, person), '{"5":{"name":1}}', /^\[5\]\.name: cannot decode JSON number into text$/);
});

test("indentation: containers without content stay on one line", () => {
  const schema = struct("s", { empty: list(u8), none: map(text, u8), some: list(person) });
  const value = { empty: [], none: new Map(), some: [person.zero()] };
  const expected = '{\n  "empty": [],\n  "none": {},\n  "some": [\n    {\n      "name": ""\n    }\n  ]\n}';
  assert.equal(encodeJson(schema, value, { indent: 2 }), expected);
});

test("JSON inside JSON keeps its content and takes on the white space around it", () => {
  const schema = struct("s", { inline: jsonRaw });
  const value = decodeJson(schema, '{"inline": {"b" : [ ], "a":[1.50,"<\\u0041"]} }');
  assert.equal(Buffer.from(value.inline ?? []).toString(), '{"b" : [ ], "a":[1.50,"<\\u0041"]}');
  assert.equal(encodeJson(schema, value), '{"inline":{"b":[],"a":[1.50,"\\u003c\\u0041"]}}');
  assert.equal(
    encodeJson(schema, value, { indent: 1 }),
    '{\n "inline": {\n  "b": [],\n  "a": [\n   1.50,\n   "\\u003c\\u0041"\n  ]\n }\n}',
  );
  assert.equal(encodeJson(jsonRaw, null), "null");
  assert.throws(() => encodeJson(jsonRaw, Buffer.from("{]")), EncodeError);
});

test("enumerations: names, names that are only written, values without name", () => {
  const kind = enumeration("kind", "u8", { 0: "invalid", 1: "one" }, { writeOnly: [0] });
  assert.equal(encodeJson(kind, 0), '"invalid"');
  refuses(kind, '"invalid"', /invalid kind/);
  assert.equal(decodeJson(kind, '"one"'), 1);
  assert.equal(decodeJson(kind, "null"), 0);
  assert.throws(() => encodeJson(kind, 7), EncodeError);
  assert.equal(encodeJson(enumeration("kind", "u8", undefined), 7), "7");
});

test("another name in JSON, another JSON face, a text form", () => {
  const schema = struct("s", { tcbInfo: named("tcb_info", text, "tcbInfo") });
  assert.equal(encodeJson(schema, { tcbInfo: "x" }), '{"tcbInfo":"x"}');
  const yes = withJson(bool, { toJson: (writer, value) => writer.string(value ? "yes" : "no") });
  assert.equal(encodeJson(yes, true), '"yes"');
  const hex = withText(u64, { format: (value) => value.toString(16), parse: (value) => BigInt(`0x${value}`) });
  assert.equal(encodeJson(map(hex, hex), new Map([[255n, 16n]])), '{"ff":"10"}');
  assert.deepEqual([...decodeJson(map(hex, hex), '{"ff":"10"}')], [[255n, 16n]]);
});

test("a refusal by the check of another package keeps its place and cause", () => {
  const strange = fixedHex("strange", 2, {
    json: {
      format: (hex) => hex,
      parse: () => {
        throw new DecodeError("strange text");
      },
    },
  });
  refuses(list(strange), '["x"]', /^\[0\]: strange text$/);
});

test("times keep fraction and zone", () => {
  for (const printed of [
    "2019-11-27T12:38:04.12Z",
    "2019-11-27T12:38:04.000000001+05:45",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59-12:00",
  ]) {
    assert.equal(encodeJson(time, decodeJson(time, `"${printed}"`)), `"${printed}"`);
  }
  assert.equal(encodeJson(time, decodeJson(time, '"2019-11-27T1:38:04,120-00:00"')), '"2019-11-27T01:38:04.12Z"');
  for (const bad of [
    "2019-02-29T00:00:00Z",
    "2019-11-27T24:00:00Z",
    "2019-11-27T00:00:60Z",
    "2019-11-27 00:00:00Z",
    "2019-11-27T00:00:00",
  ]) {
    refuses(time, `"${bad}"`, /RFC 3339|out of range/);
  }
  refuses(time, '"2019-11-27T00:00:00\\u005a"', /RFC 3339/);
  assert.throws(() => encodeJson(time, { seconds: 253_402_300_800n, nanos: 0 }), EncodeError);
});
