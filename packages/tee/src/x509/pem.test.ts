import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { toBase64 } from "@wadi/util";

import { nextPemBlock } from "./pem.ts";

/** Types and contents of all blocks. */
function blocks(text: string): string[] {
  const found: string[] = [];
  for (let block = nextPemBlock(text, 0); block !== undefined; block = nextPemBlock(text, block.next)) {
    found.push(`${block.type}=${toBase64(block.bytes)}`);
  }
  return found;
}

const A = "-----BEGIN A-----\nAAAA\n-----END A-----\n";
const B = "-----BEGIN B-----\nBBBB\n-----END B-----\n";

const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ["two blocks", A + B, ["A=AAAA", "B=BBBB"]],
  ["no end of line at the end", A.trimEnd(), ["A=AAAA"]],
  ["text around", `x\n${A}y\n${B}z`, ["A=AAAA", "B=BBBB"]],
  ["CRLF", A.replaceAll("\n", "\r\n"), ["A=AAAA"]],
  ["blanks at ends of lines", A.replaceAll("\n", " \t\n"), ["A=AAAA"]],
  ["CR before CRLF is no line end", A.replace("\n", "\r\r\n"), []],
  ["blanks and line ends in the body", "-----BEGIN A-----\nA A\tA\r\n\nA\n-----END A-----\n", ["A=AAAA"]],
  ["not at the start of a line", ` ${A}${B}`, ["B=BBBB"]],
  ["headers", "-----BEGIN A-----\nX: y\nZ:\n\nAAAA\n-----END A-----\n", ["A=AAAA"]],
  ["headers up to the end line", `-----BEGIN A-----\nX: y\n-----END A-----\n${B}`, ["B=BBBB"]],
  ["type with a colon and no body", `-----BEGIN A:B-----\n-----END A:B-----\n${B}`, []],
  ["empty", `-----BEGIN A-----\n-----END A-----\n${B}`, ["A=", "B=BBBB"]],
  ["other type at the end", `-----BEGIN A-----\nAAAA\n-----END B-----\n${B}`, ["B=BBBB"]],
  ["text behind the end", `-----BEGIN A-----\nAAAA\n-----END A-----x\n${B}`, ["B=BBBB"]],
  ["last of several beginnings", `-----BEGIN A-----\n${B}`, ["B=BBBB"]],
  ["not base64", `-----BEGIN A-----\nA!AA\n-----END A-----\n${B}`, ["B=BBBB"]],
  ["base64 cut off", `-----BEGIN A-----\nAAA\n-----END A-----\n${B}`, ["B=BBBB"]],
  ["padding in the middle", `-----BEGIN A-----\nAA==AAAA\n-----END A-----\n${B}`, ["B=BBBB"]],
  ["trailing bits", "-----BEGIN A-----\nAB==\n-----END A-----\n", ["A=AA=="]],
  ["nothing", "", []],
];

for (const [name, text, expected] of cases) {
  test(`PEM: ${name}`, () => assert.deepEqual(blocks(text), expected));
}

test("any mixture of the parts of PEM ends", () => {
  const part = fc.constantFrom("-----BEGIN ", "\n-----END ", "-----", "A", "\n", ":", "\r", " ", A, B);
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      assert.ok(blocks(text).length <= parts.length);
    }),
  );
});
