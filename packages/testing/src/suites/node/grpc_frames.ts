import assert from "node:assert/strict";
import { encodeJson, type Schema } from "@wadi/codec";
import { decodeMessage, encodeMessage } from "@wadi/rpc";
import { fromHex, toHex } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { declaredMethods } from "./grpc_methods.ts";

interface Exchange {
  readonly method: string;
  readonly request_payload_hex: string;
  readonly grpc_status: number;
  readonly responses_payload_hex?: readonly string[];
  readonly responses_json?: readonly unknown[];
}

/** A message that is read and written again is the same. */
function comesBack(schema: Schema<unknown>, hex: string): unknown {
  const value = decodeMessage(schema, fromHex(hex));
  if (hex !== "" && hex !== "f6") assert.equal(toHex(encodeMessage(schema, value)), hex);
  return value;
}

/** Recorded calls of a node's services: messages in CBOR and what they are in JSON. */
export const suite: Suite = {
  file: "node/grpc_frames",
  run(r: Recorder): void {
    const file = loadVector<{ readonly exchanges: readonly Exchange[]; readonly wire_behaviour: readonly unknown[] }>(
      "node/grpc_frames",
    );
    if (!file) return;
    const methods = declaredMethods();
    const undeclared = new Map<string, number>();
    for (const [i, exchange] of file.exchanges.entries()) {
      const method = methods.get(exchange.method);
      if (method === undefined) {
        undeclared.set(exchange.method, (undeclared.get(exchange.method) ?? 0) + 1);
        continue;
      }
      r.case(`${exchange.method} ${i}`, () => {
        // The recording client did not write canonically in all places, so requests are only read.
        if (method.request !== undefined && exchange.grpc_status === 0) {
          decodeMessage(method.request, fromHex(exchange.request_payload_hex));
        }
        for (const [j, hex] of (exchange.responses_payload_hex ?? []).entries()) {
          if (method.response === undefined) assert.equal(hex, "");
          else {
            const json: string = encodeJson(method.response, comesBack(method.response, hex));
            const expected = exchange.responses_json?.[j];
            if (expected !== undefined) assert.deepEqual(JSON.parse(json), expected);
          }
        }
      });
    }
    for (const [method, count] of undeclared) r.leaveOut(`${method} is not served yet`, count);
    r.leaveOut("behaviour on the wire is tested over a socket in packages/rpc", file.wire_behaviour.length);
  },
};
