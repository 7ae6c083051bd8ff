import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { civilFromDays, daysFromCivil } from "./civil-date.ts";

const MS_PER_DAY = 86_400_000;

test("dates are those of the system's calendar, far into both directions", () => {
  const days = fc.integer({ min: -8_000_000, max: 8_000_000 });
  fc.assert(
    fc.property(days, (n) => {
      const date = new Date(n * MS_PER_DAY);
      const expected = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
      assert.deepEqual(civilFromDays(n), expected);
      assert.equal(daysFromCivil(expected), n);
    }),
  );
});

test("the ends of months, leap years and centuries", () => {
  for (const [text, days] of [
    ["0000-03-01", -719_468],
    ["1900-02-28", -25_509],
    ["1900-03-01", -25_508],
    ["1970-01-01", 0],
    ["2000-02-29", 11_016],
    ["2024-12-31", 20_088],
  ] as const) {
    const [year = 0, month = 0, day = 0] = text.split("-").map(Number);
    assert.equal(daysFromCivil({ year, month, day }), days, text);
    assert.deepEqual(civilFromDays(days), { year, month, day }, text);
  }
});

test("a day beyond the end of a month runs into the next", () => {
  assert.equal(daysFromCivil({ year: 2023, month: 2, day: 29 }), daysFromCivil({ year: 2023, month: 3, day: 1 }));
});
