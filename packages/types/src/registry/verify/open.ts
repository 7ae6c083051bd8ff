// Opening signed descriptors. A bad signature and a blob that does not decode are the same refusal.
import { bindContext, signatureContexts, type SignatureVerifier } from "@wadi/crypto";
import { WadiError } from "@wadi/util";

import { Entity, type SignedEntity } from "../../entity/entity.ts";
import { type MultiSignedNode, Node } from "../../node/node.ts";
import { openMultiSigned, openSigned } from "../../signature/signed.ts";
import { ErrInvalidSignature } from "../errors.ts";

// Registrations are not separated by chain: a descriptor may be carried over to another network.
const ENTITY_CONTEXT = bindContext(signatureContexts.registerEntity);
const NODE_CONTEXT = bindContext(signatureContexts.registerNode);

/** The entity descriptor in a signed blob; throws registry 2. */
export function openSignedEntity(signed: SignedEntity, verifier: SignatureVerifier): Entity {
  try {
    return openSigned(Entity, signed, ENTITY_CONTEXT, verifier);
  } catch (cause) {
    throw new WadiError(ErrInvalidSignature, { cause });
  }
}

/** The node descriptor in a multi-signed blob; throws registry 2, also without any signature. */
export function openMultiSignedNode(signed: MultiSignedNode, verifier: SignatureVerifier): Node {
  try {
    return openMultiSigned(Node, signed, NODE_CONTEXT, verifier);
  } catch (cause) {
    throw new WadiError(ErrInvalidSignature, { cause });
  }
}
