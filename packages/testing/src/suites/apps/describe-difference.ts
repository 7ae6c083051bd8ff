// A difference between an execution and a recording, as text.
import type { Difference } from "@wadi/apps";

const shortened = (text: string | undefined): string => (text === undefined ? "absent" : text.slice(0, 500));

export function describeDifference(difference: Difference): string {
  const { height, transaction, what, expected, actual, keys } = difference;
  const where = transaction === undefined ? `height ${height}` : `height ${height}, transaction ${transaction}`;
  const lines = keys.map(({ application, name, fields, expected: theirs, actual: ours }) => {
    const place = Object.values(fields).join(" ");
    return `  ${application} ${name} ${place}\n    expected ${shortened(theirs)}\n    actual   ${shortened(ours)}`;
  });
  return [`${where}: ${what}: expected ${expected}, actual ${actual}`, ...lines].join("\n");
}
