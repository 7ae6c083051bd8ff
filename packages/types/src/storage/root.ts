// Reference: go/storage/mkvs/node/node.go.
import { struct, u64, u8, type TypeOf } from "@wadi/codec";

import { Hash } from "../scalars/hash.ts";
import { Namespace } from "../scalars/namespace.ts";

/** A u8; 0: invalid, 1: state, 2: inputs and outputs. */
export const RootType = u8;
export type RootType = number;

/** Identity of a storage root; `version` is the round or the block height. */
export const Root = struct("storage.Root", {
  ns: Namespace,
  version: u64,
  rootType: RootType,
  hash: Hash,
});
export type Root = TypeOf<typeof Root>;
