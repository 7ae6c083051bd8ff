import assert from "node:assert/strict";
import { isDecodeError } from "@wadi/codec";
import { encodeMessage, parseMessage } from "@wadi/runtime-protocol";
import { fromHex } from "@wadi/util";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface File {
  readonly messages: readonly { readonly name: string; readonly hex: string }[];
}

/** `rt->host response RuntimeInfoResponse ...` to the body's name, where the case is named after it. */
const BODY_NAME = /(?:request|response) (\S+)/;
const SHORT_NAMES: Readonly<Record<string, string>> = {
  CheckTxBatch: "RuntimeCheckTxBatchResponse",
  ExecuteTxBatch: "RuntimeExecuteTxBatchResponse",
  Query: "RuntimeQueryResponse",
};

function bodyName(name: string): string {
  const short = BODY_NAME.exec(name)?.[1] ?? "";
  return SHORT_NAMES[short] ?? (short.startsWith("Host") ? `${short}Request` : short);
}

export const suite: Suite = {
  file: "runtime/rhp-frames-rust",
  run(r) {
    const file = loadVector<File>("runtime/rhp-frames-rust");
    if (file === undefined) return;
    for (const { name, hex } of file.messages) {
      r.case(name, () => {
        const bytes = fromHex(hex);
        if (name.endsWith("HostSubmitTx")) {
          // Its namespace has reserved bits: the reference ends the connection.
          assert.throws(
            () => parseMessage(bytes),
            (e) => isDecodeError(e) && e.message.includes("malformed namespace"),
          );
          return;
        }
        const message = parseMessage(bytes);
        assert.equal(message.body?.type, bodyName(name));
        assert.equal(message.messageType, name.includes("request") ? 1 : 2);
        // Members that Rust writes although they are empty are left out by us.
        assert.deepEqual(parseMessage(encodeMessage(message)), message);
      });
    }
  },
};
