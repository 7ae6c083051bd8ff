import { create } from "@wadi/codec";
import { EMPTY_HASH } from "@wadi/crypto";

import { Header } from "./block.ts";

/** The header of a block on top of nothing, with nothing in it; `members` say what it has after all. */
export function emptyHeader(members: Partial<Header>): Header {
  return create(Header, {
    previousHash: EMPTY_HASH,
    ioRoot: EMPTY_HASH,
    stateRoot: EMPTY_HASH,
    messagesHash: EMPTY_HASH,
    inMsgsHash: EMPTY_HASH,
    ...members,
  });
}
