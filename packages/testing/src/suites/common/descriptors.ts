import assert from "node:assert/strict";
import { decodeCbor, decodeJson, encodeCbor, encodeJson, type Schema } from "@wadi/codec";
import { bindContext, hashOf, signatureContexts, SignatureVerifier } from "@wadi/crypto";
import { entity, node, registry, signature } from "@wadi/types";
import { toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { assertCborFace, assertFaces, compactJson, structCases, type StructCase } from "./lossless.ts";

const schemas: Readonly<Record<string, unknown>> = {
  "entity.Entity": entity.Entity,
  "entity.SignedEntity": entity.SignedEntity,
  "node.Node": node.Node,
  "node.MultiSignedNode": node.MultiSignedNode,
  "node.SGXConstraints": node.SGXConstraints,
  "node.SGXAttestation": node.SGXAttestation,
  "api.Runtime": registry.Runtime,
  "registry.Runtime": registry.Runtime,
};

function schemaOf(v: StructCase): Schema<unknown> {
  const schema = schemas[v.type];
  if (schema === undefined) throw new Error(`no schema for ${v.type}`);
  return schema as Schema<unknown>;
}

/** Cases of the reference's own tests: decoded, printed and re-encoded as their notes say. */
function assertDecoded(v: StructCase): void {
  const schema = schemaOf(v);
  const value = decodeCbor(schema, v.cbor);
  assert.equal(compactJson(encodeJson(schema, value)), compactJson(v.json), "JSON");
  const reencoded = /re-encoded: ([0-9a-f]+)/.exec(v.note)?.[1];
  if (reencoded === undefined) assert.match(v.note, /re-encodes identically: true/);
  assert.equal(toHex(encodeCbor(schema, value)), reencoded ?? toHex(v.cbor), "re-encoded");
}

/** Text gives IPv4 its mapped form, while this descriptor holds one of four bytes. */
function assertNodeWithShortAddress(v: StructCase): void {
  const mapped = toHex(v.cbor).replace(/(624950)44([0-9a-f]{8})/, `$150${"00".repeat(10)}ffff$2`);
  assert.notEqual(mapped, toHex(v.cbor));
  assertCborFace(node.Node, v.json, v.cbor);
  assert.equal(toHex(encodeCbor(node.Node, decodeJson(node.Node, v.json))), mapped, "JSON to CBOR");
}

function assertSigned(v: StructCase): void {
  const verifier = new SignatureVerifier();
  if (v.type === "entity.SignedEntity") {
    const context = bindContext(signatureContexts.registerEntity);
    const signed = decodeCbor(entity.SignedEntity, v.cbor);
    const opened = signature.openSigned(entity.Entity, signed, context, verifier);
    assert.equal(opened.id, signed.signature.publicKey);
  } else {
    const context = bindContext(signatureContexts.registerNode);
    const signed = decodeCbor(node.MultiSignedNode, v.cbor);
    const opened = signature.openMultiSigned(node.Node, signed, context, verifier);
    const { id, p2p, consensus, vrf, tls } = opened;
    assert.deepEqual(
      signed.signatures?.map((item) => item.publicKey),
      [id, p2p.id, consensus.id, vrf.id, tls.pubKey],
    );
  }
}

export const suite: Suite = {
  file: "common/descriptors",
  run(r: Recorder): void {
    for (const v of structCases("common/descriptors")) {
      r.case(v.name, () => {
        const schema = schemaOf(v);
        if (v.note.startsWith("decode error: <nil>")) {
          assertDecoded(v);
        } else if (compactJson(v.json) === '"see cbor"') {
          const value = decodeCbor(schema, v.cbor);
          assert.equal(toHex(encodeCbor(schema, value)), toHex(v.cbor), "CBOR to CBOR");
        } else if (v.name === "runtime v3 zero value with any_node") {
          assertCborFace(schema, v.json, v.cbor);
          assert.throws(() => decodeJson(schema, v.json), /invalid registry\.RuntimeGovernanceModel/);
        } else if (v.name === "node v3") {
          assertNodeWithShortAddress(v);
        } else {
          assertFaces(schema, v.json, v.cbor);
        }
        if (v.type.includes("igned")) assertSigned(v);
        if (v.hash !== "") assert.equal(hashOf(v.cbor), v.hash, "hash");
      });
    }
  },
};
