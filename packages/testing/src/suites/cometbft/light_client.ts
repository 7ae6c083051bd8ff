import assert from "node:assert/strict";
import {
  ErrInvalidHeader,
  ErrNewValSetCantBeTrusted,
  ErrOldHeaderExpired,
  EvidenceMessage,
  LightBlockMessage,
  decodeLightBlock,
  encodeServedLightBlock,
  evidenceFromMessage,
  evidenceToMessage,
  headerHash,
  lightBlockFromMessage,
  validateEvidence,
  validateLightBlock,
  validateTrustLevel,
  verifyBackwards,
  verifyCommitLight,
  verifyStep,
  type LightBlock,
} from "@wadi/comet-types";
import { fromHex, isError, must, type ErrorKind } from "@wadi/util";
import type { Suite } from "../../ledger.ts";
import { lightChain, loadLightClientVector, type LightBlockVector, type SingleStepVector } from "./light-chain.ts";
import { equalHex, realVerifier, refusalText, timeOf } from "./shared.ts";

const kinds: Readonly<Record<string, ErrorKind>> = {
  ErrInvalidHeader,
  ErrNewValSetCantBeTrusted,
  ErrOldHeaderExpired,
};

const verifier = realVerifier();

function blockCase(vector: LightBlockVector, chain: ReadonlyMap<number, LightBlock>, chainId: string): void {
  const block = must(chain.get(vector.height));
  const { signedHeader, validatorSet } = block;
  assert.equal(signedHeader.header.height, vector.height);
  assert.equal(headerHash(signedHeader.header), vector.hash);
  equalHex(encodeServedLightBlock(block), vector.light_block_proto);
  const expected = { chainId, blockId: signedHeader.commit.blockId, height: vector.height };
  verifyCommitLight(validatorSet, signedHeader.commit, expected, verifier, "all");
  const before = chain.get(vector.height - 1);
  if (before === undefined) return;
  assert.equal(before.signedHeader.header.nextValidatorsHash, validatorSet.hash);
  verifyBackwards(before.signedHeader.header, signedHeader.header);
  assert.ok(isRefusedBackwards(signedHeader.header, before));
}

function isRefusedBackwards(header: LightBlock["signedHeader"]["header"], before: LightBlock): boolean {
  return (
    refusalText(() => verifyBackwards(header, before.signedHeader.header))?.startsWith("invalid header: ") === true
  );
}

function singleCase(vector: SingleStepVector, chain: ReadonlyMap<number, LightBlock>): void {
  const trusted = must(chain.get(vector.trusted));
  const own = vector.untrusted_light_block_proto;
  const untrusted = own === undefined ? must(chain.get(vector.untrusted)) : decodeLightBlock(fromHex(own));
  const [numerator = 0n, denominator = 0n] = vector.trust_level.split("/").map(BigInt);
  validateTrustLevel({ numerator, denominator });
  const step = (): unknown =>
    verifyStep(
      { ...trusted.signedHeader, validators: trusted.validatorSet },
      { signedHeader: must(untrusted.signedHeader), validators: must(untrusted.validatorSet) },
      {
        now: timeOf(vector.now),
        trustingPeriod: BigInt(vector.trusting_period_seconds) * 1_000_000_000n,
        maxClockDrift: 10_000_000_000n,
        trustLevel: { numerator, denominator },
        verifier,
      },
    );
  if (vector.error === null) {
    step();
    return;
  }
  const { kind, text } = vector.error;
  assert.throws(step, (e) => {
    assert.equal((e as Error).message, text);
    for (const [name, value] of Object.entries(kinds)) assert.equal(isError(e, value), name === kind, name);
    return true;
  });
}

/** A forged block is a valid light block of its height with another hash than the real one. */
function forgedCase(name: string, form: string, chain: ReadonlyMap<number, LightBlock>, chainId: string): void {
  const block = validateLightBlock(lightBlockFromMessage(LightBlockMessage.decode(fromHex(form))), chainId);
  equalHex(encodeServedLightBlock(block), form);
  const { header } = block.signedHeader;
  const real = must(chain.get(header.height)).signedHeader.header;
  assert.match(name, new RegExp(`_${header.height}$`));
  assert.notEqual(headerHash(header), headerHash(real));
}

export const suite: Suite = {
  file: "cometbft/light_client",
  run(r) {
    const vector = loadLightClientVector();
    const { chain_id: chainId } = vector;
    const chain = lightChain(vector);
    for (const block of vector.blocks) r.case(`block ${block.height}`, () => blockCase(block, chain, chainId));
    for (const [name, form] of Object.entries(vector.forged)) {
      r.case(`forged ${name}`, () => forgedCase(name, form, chain, chainId));
    }
    for (const step of vector.single) {
      r.case(`single: ${step.name} ${step.trusted} to ${step.untrusted}`, () => singleCase(step, chain));
    }
    for (const run of vector.runs) {
      const sent = [...(run.evidence_sent_to_primary ?? []), ...(run.evidence_sent_to_witness ?? [])];
      for (const [i, form] of sent.entries()) {
        r.case(`run ${run.name}: evidence ${i} decodes and is valid by itself`, () => {
          const evidence = evidenceFromMessage(EvidenceMessage.decode(fromHex(form)));
          validateEvidence(evidence);
          equalHex(EvidenceMessage.encode(evidenceToMessage(evidence)), form);
        });
      }
    }
    r.leaveOut("client run: needs the light client with its providers and store", vector.runs.length);
  },
};
