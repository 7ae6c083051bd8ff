import assert from "node:assert/strict";
import { decodeJson, encodeJson, jsonRaw, list, optional, struct, text } from "@wadi/codec";
import { events } from "@wadi/types";

import type { Recorder, Suite } from "../../ledger.ts";
import { compactJson, loadTyped } from "./lossless.ts";

const AttributeFile = struct("event attributes", {
  vectors: list(
    struct("event attribute", {
      kind: text,
      value: text,
      json: optional(jsonRaw),
      runtimeId: optional(text),
    }),
  ),
});

function kindOf(kind: string): events.EventKind {
  const found = events.allEventKinds().find((entry) => entry.kind === kind);
  if (found === undefined) throw new Error(`no event kind ${kind}`);
  return found;
}

export const suite: Suite = {
  file: "common/event_attributes",
  run(r: Recorder): void {
    for (const v of loadTyped("common/event_attributes", AttributeFile).vectors) {
      r.case(v.kind, () => {
        const kind = kindOf(v.kind);
        const value = kind.decode(v.value);
        assert.equal(kind.encode(value), v.value, "re-encoded");
        if (v.json !== null) {
          assert.equal(kind.encode(decodeJson(kind.schema, v.json)), v.value, "from JSON");
          assert.equal(compactJson(encodeJson(kind.schema, value)), compactJson(v.json), "to JSON");
        }
        if (v.runtimeId !== "") assert.deepEqual(value, { id: v.runtimeId });
        if (v.kind === "finalized") assert.deepEqual(value, { round: 42n });
      });
    }
  },
};
