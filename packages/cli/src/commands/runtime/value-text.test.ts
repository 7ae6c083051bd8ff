import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex, utf8 } from "@wadi/util";
import { encodeJsonText, showBytes, showItem } from "./value-text.ts";

test("JSON becomes canonical CBOR", () => {
  const cases: Readonly<Record<string, string>> = {
    null: "f6",
    true: "f5",
    "[]": "80",
    '{"bb":1,"a":-2,"c":null}': "a3616121616 3f6626262 01".replaceAll(" ", ""),
    '{"$hex":"00ff"}': "4200ff",
    '"é"': "62c3a9",
    "9007199254740991": "1b001fffffffffffff",
    '[1,[2,{"x":"y"}]]': "82018202a161786179",
  };
  for (const [text, hex] of Object.entries(cases)) assert.equal(toHex(encodeJsonText(text)), hex, text);
});

test("what JSON cannot say exactly is refused", () => {
  for (const text of ["1.5", "1e300", "9007199254740993", "{", ""])
    assert.throws(() => encodeJsonText(text), SyntaxError, text);
  assert.throws(() => encodeJsonText('{"$hex":"0"}'), RangeError);
});

/** Whether the numbers of a JSON text are integers that JavaScript holds exactly. */
function isExact(text: string): boolean {
  const numbers = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, "").match(/-?\d[\d.eE+-]*/g) ?? [];
  return numbers.every((number) => Number.isSafeInteger(Number(number)) && !/[.eE]|^-0/.test(number));
}

test("JSON survives the way there and back", () => {
  fc.assert(
    fc.property(
      fc.jsonValue().filter((value) => isExact(JSON.stringify(value))),
      (value) => {
        const item = encodeJsonText(JSON.stringify(value));
        assert.deepEqual(encodeJsonText(showItem(item)), item);
      },
    ),
  );
});

test("what is no plain value is shown as hex", () => {
  assert.equal(showItem(fromHex("fb3ff8000000000000")), "0xfb3ff8000000000000");
  assert.equal(showItem(fromHex("1bffffffffffffffff")), '"18446744073709551615"');
  assert.equal(showItem(fromHex("a10102")), '{"1":2}');
  assert.equal(showItem(new Uint8Array(0)), "0x");
});

test("bytes are text where they can be read", () => {
  assert.equal(showBytes(utf8("kv_op")), "kv_op");
  assert.equal(showBytes(utf8("grüße")), "grüße");
  assert.equal(showBytes(Uint8Array.of(0xff, 0x00)), "0xff00");
  assert.equal(showBytes(utf8("a\nb")), "0x610a62");
});
