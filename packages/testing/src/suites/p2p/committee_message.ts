import assert from "node:assert/strict";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import { MemorySigner, bindRuntimeContext, signatureContexts, type ChainContext } from "@wadi/crypto";
import { roothash, type Namespace } from "@wadi/types";
import { fromHex, toHex } from "@wadi/util";
import { CommitteeMessage, TxMessage } from "@wadi/worker-core";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

type File = Readonly<
  Record<
    | "chain_context"
    | "empty_message_cbor"
    | "header_cbor"
    | "message_cbor"
    | "message_cbor_epoch0"
    | "node_id"
    | "node_seed"
    | "proposal_cbor"
    | "runtime_id"
    | "signature"
    | "signature_context"
    | "tx_message_cbor"
    | "tx_message_raw",
    string
  >
>;

/** A signed batch proposal as members of a committee send it, and a transaction. */
export const suite: Suite = {
  file: "p2p/committee_message",
  run(r: Recorder): void {
    const file = loadVector<File>("p2p/committee_message");
    if (!file) return;
    const proposal = decodeCbor(roothash.Proposal, fromHex(file.proposal_cbor));
    r.case("proposal and header", () => {
      assert.equal(toHex(encodeCbor(roothash.Proposal, proposal)), file.proposal_cbor);
      assert.equal(toHex(encodeCbor(roothash.ProposalHeader, proposal.header)), file.header_cbor);
      assert.equal(Buffer.from(proposal.nodeId, "hex").toString("base64"), file.node_id);
      assert.equal(toHex(proposal.sig), file.signature);
    });
    r.case("signature", () => {
      const context = bindRuntimeContext(
        signatureContexts.proposal,
        file.runtime_id as Namespace,
        file.chain_context as ChainContext,
      );
      assert.equal(context.text, file.signature_context);
      const signer = new MemorySigner(fromHex(file.node_seed));
      assert.equal(toHex(signer.sign(context, fromHex(file.header_cbor))), file.signature);
    });
    for (const [name, cbor, isEmpty] of [
      ["message", file.message_cbor, false],
      ["message of epoch 0", file.message_cbor_epoch0, false],
      ["empty message", file.empty_message_cbor, true],
    ] as const) {
      r.case(name, () => {
        const message = decodeCbor(CommitteeMessage, fromHex(cbor));
        assert.equal(toHex(encodeCbor(CommitteeMessage, message)), cbor);
        assert.deepEqual(message.proposal ?? null, isEmpty ? null : proposal);
      });
    }
    r.case("transaction", () => {
      const raw = fromHex(file.tx_message_raw);
      assert.equal(toHex(encodeCbor(TxMessage, raw)), file.tx_message_cbor);
      assert.equal(toHex(decodeCbor(TxMessage, fromHex(file.tx_message_cbor))), file.tx_message_raw);
    });
  },
};
