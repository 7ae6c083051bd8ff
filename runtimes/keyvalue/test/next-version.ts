// The sample runtime's next version: whoever inserts is told so.
import { encodeCbor, nullable, text } from "@wadi/codec";

import { runtime as first } from "../src/main.ts";

const { insert } = first.methods;
if (insert === undefined) throw new Error("the sample runtime has no method `insert`");

const ANSWER = "by the next version";

export const runtime = {
  ...first,
  version: { major: 0, minor: 1, patch: 0 },
  methods: {
    ...first.methods,
    insert: {
      ...insert,
      run(...args: Parameters<typeof insert.run>): Uint8Array {
        insert.run(...args);
        return encodeCbor(nullable(text), ANSWER);
      },
    },
  },
};
