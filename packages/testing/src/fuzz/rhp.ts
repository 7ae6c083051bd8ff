// What a hostile runtime can send: messages, and streams of them in any pieces.
import assert from "node:assert/strict";
import { encodeCbor } from "@wadi/codec";
import {
  body,
  bodySchemas,
  Connection,
  decodeLocalConfig,
  EMPTY,
  encodeLocalConfig,
  encodeMessage,
  frame,
  messageTypes,
  parseMessage,
  RuntimeInfoRequest,
  type Body,
} from "@wadi/runtime-protocol";
import { concatBytes, fromHex, utf8 } from "@wadi/util";
import { loadVector } from "../vectors.ts";
import type { FuzzTarget } from "./target.ts";

interface HostFrames {
  readonly frames: readonly { readonly frame_hex: string }[];
}
interface RuntimeMessages {
  readonly messages: readonly { readonly hex: string }[];
}

const HEADER_BYTES = 4;

/** An empty body of every kind, and recorded ones where they are at hand. */
function messages(): Uint8Array[] {
  const zeros = Object.entries(bodySchemas).map(([type, schema], i) => {
    const messageType = type.endsWith("Request") ? messageTypes.request : messageTypes.response;
    return encodeMessage({ id: BigInt(i), messageType, body: { type, value: schema.zero() } as Body });
  });
  const host = loadVector<HostFrames>("runtime/rhp-frames")?.frames ?? [];
  const runtime = loadVector<RuntimeMessages>("runtime/rhp-frames-rust")?.messages ?? [];
  return [
    ...zeros,
    ...host.map(({ frame_hex: hex }) => fromHex(hex).subarray(HEADER_BYTES)),
    ...runtime.map(({ hex }) => fromHex(hex)),
  ];
}

function runMessage(input: Uint8Array): void {
  const message = parseMessage(input);
  const again = encodeMessage(message);
  assert.deepEqual(encodeMessage(parseMessage(again)), again);
}

/** A host with an open call reads the stream and answers what it is asked. */
function runStream(input: Uint8Array): void {
  const host = new Connection("host", { receiveBytes: 1 << 20, items: 10_000, openRequests: 4, strays: 8 });
  host.ready();
  host.call(body("RuntimePingRequest", EMPTY));
  // Pieces of lengths that depend on the input, so that every border falls somewhere.
  for (let at = 0, i = 0; at < input.length; i++) {
    const end = at + 1 + ((input[i % input.length] as number) & 0x3f);
    let effects = host.receive(input.subarray(at, end), i);
    at = end;
    while (effects.length > 0) {
      for (const effect of effects) {
        if (effect.type === "fail") throw effect.error;
        if (effect.type === "handle") host.respond(effect.request, body("Empty", EMPTY));
      }
      effects = host.proceed(i);
    }
  }
}

function streams(): Uint8Array[] {
  const frames = messages().map((message) => frame(message));
  return [concatBytes(...frames.slice(0, 20)), concatBytes(...frames.slice(40, 60)), ...frames.slice(60)];
}

const config = encodeLocalConfig({
  flag: true,
  list: [1, -1, "text", null, utf8("bytes")],
  map: { nested: { deeply: [{ big: 1n << 63n }] } },
});

function runLocalConfig(input: Uint8Array): void {
  const value = decodeLocalConfig(new Map([["value", input]]));
  const encoded = encodeLocalConfig(value);
  assert.deepEqual(decodeLocalConfig(encoded), value);
}

export const targets: FuzzTarget[] = [
  { name: "rhp/message", run: runMessage, seeds: messages },
  { name: "rhp/stream", weight: 0.5, run: runStream, seeds: streams },
  {
    name: "rhp/local-config",
    run: runLocalConfig,
    seeds: () => [...config.values(), encodeCbor(RuntimeInfoRequest, RuntimeInfoRequest.zero())],
  },
];
