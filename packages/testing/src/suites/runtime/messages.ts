import assert from "node:assert/strict";
import { decodeCbor, encodeCbor, list } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import { roothash } from "@wadi/types";
import { fromHex, toHex } from "@wadi/util";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface File {
  readonly cases: readonly { readonly name: string; readonly cbor?: string; readonly hash: string }[];
}

const Messages = list(roothash.Message);

export const suite: Suite = {
  file: "runtime/messages",
  run(r) {
    for (const { name, cbor = "80", hash } of loadVector<File>("runtime/messages")?.cases ?? []) {
      r.case(name, () => {
        const messages = decodeCbor(Messages, fromHex(cbor));
        assert.equal(toHex(encodeCbor(Messages, messages)), cbor);
        assert.equal(roothash.messagesHash(messages), hash);
        if (messages.length > 0) assert.equal(hashOf(fromHex(cbor)), hash);
      });
    }
  },
};
