import { encodeCbor, transform } from "@wadi/codec";
import type { Schema } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import { concatBytes, fromHex } from "@wadi/util";
import { storage } from "@wadi/types";
import type { Hash, Namespace } from "@wadi/types";
import type { Root, RootType } from "../root.ts";

/** The wire form of a root. A type that does not exist is decoded as it is; see `validateMetadata`. */
export const RootSchema: Schema<Root> = transform(storage.Root, {
  name: "storage.Root",
  decode: ({ ns, version, rootType, hash }): Root => ({
    namespace: ns,
    version,
    type: rootType as RootType,
    hash,
  }),
  encode: ({ namespace, version, type, hash }) => ({
    ns: namespace as Namespace,
    version,
    rootType: type,
    hash: hash as Hash,
  }),
});

/** H(CBOR) of a root. */
export function encodedRootHash(root: Root): Hash {
  return hashOf(encodeCbor(RootSchema, root));
}

/** The root type's byte and the hash: what tells roots of one version and namespace apart. */
export function typedHash({ type, hash }: Root): Uint8Array {
  return concatBytes(Uint8Array.of(type), fromHex(hash));
}
