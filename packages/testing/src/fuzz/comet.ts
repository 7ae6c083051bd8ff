// Decoders of @wadi/comet-types under fuzzing, and the rules that run on what they accept:
// blocks, votes, evidence, light blocks, parts, results, stored state, and all reactor messages.
import assert from "node:assert/strict";
import {
  AbciResponses,
  BitArray,
  BlockMessage,
  BlockMeta,
  BlockSyncMessage,
  Commit,
  ConsensusMessage,
  EvidenceMessage,
  Header,
  LightBlockMessage,
  MempoolMessage,
  Part,
  PartSet,
  PexMessage,
  Proposal,
  SnapshotsResponse,
  StateMessage,
  StateSyncMessage,
  ValidatorSetMessage,
  Vote,
  blockPartSet,
  checkedCommit,
  decodeBlock,
  decodeEvidenceList,
  decodeLightBlock,
  encodeBlock,
  encodeEvidenceList,
  encodeLightBlock,
  evidenceHash,
  headerHash,
  medianTime,
  proposalSignBytes,
  resultsHash,
  stateFromMessage,
  validateHeader,
  validateLightBlock,
  validatePart,
  validateProposal,
  validateVote,
  verifyBackwards,
  verifyCommitLight,
  verifyDuplicateVote,
  verifyLightClientAttack,
  verifyStep,
  voteSignBytes,
  ValidatorSet,
  type EngineVerifier,
  type LightBlock,
} from "@wadi/comet-types";
import { fromBase64, fromHex, utf8 } from "@wadi/util";
import { chainBytes, loadVector } from "../vectors.ts";
import type { FuzzTarget } from "./target.ts";

/** Takes every signature, so that fuzzing reaches the rules behind it. */
const agreeable: EngineVerifier = { verify: () => true, verifyBatch: (signed) => signed.map(() => true) };

interface Bytes<T> {
  decode(bytes: Uint8Array): T;
  encode(value: T): Uint8Array;
}

/** Decodes, and what was accepted must have one encoding that decodes to the same value. */
function roundTrip<T>({ decode, encode }: Bytes<T>, input: Uint8Array): T {
  const value = decode(input);
  const form = encode(value);
  const again = decode(form);
  assert.deepEqual(again, value, "decodes to another value after encoding");
  assert.deepEqual(encode(again), form, "encodes to other bytes after decoding");
  return value;
}

function target<T>(name: string, bytes: Bytes<T>, seeds: () => Uint8Array[], use?: (value: T) => void): FuzzTarget {
  const bound: Bytes<T> = { decode: (input) => bytes.decode(input), encode: (value) => bytes.encode(value) };
  return {
    name: `comet/${name}`,
    seeds: () => [new Uint8Array(0), ...seeds()],
    run(input) {
      const value = roundTrip(bound, input);
      use?.(value);
    },
  };
}

interface LightVector {
  readonly chain_id: string;
  readonly blocks: readonly { readonly light_block_proto: string }[];
  readonly forged: Readonly<Record<string, string>>;
}

interface EvidenceVector {
  readonly duplicate_votes: readonly { readonly evidence_proto: string }[];
  readonly light_client_attacks: readonly { readonly evidence_proto: string }[];
  readonly list: { readonly evidence_list_proto: string };
}

const light = loadVector<LightVector>("cometbft/light_client");
const chainId = light?.chain_id ?? "chain";

const lightBlockBytes = (): Uint8Array[] => {
  const forms = light?.blocks.slice(0, 12).map((block) => block.light_block_proto) ?? [];
  return [...forms, ...Object.values(light?.forged ?? {})].map(fromHex);
};

function trustedBlock(): LightBlock | undefined {
  const [first] = lightBlockBytes();
  return first && validateLightBlock(decodeLightBlock(first), chainId);
}
const trusted = trustedBlock();

/** A few recorded blocks and their results. */
function recorded(key: "block" | "abci_responses"): Uint8Array[] {
  const lines = Buffer.from(chainBytes("staking/chain.jsonl") ?? utf8(""))
    .toString("utf8")
    .split("\n");
  const parsed = lines.slice(0, 12).filter((line) => line !== "");
  return parsed.map((line) => fromBase64((JSON.parse(line) as Record<typeof key, string>)[key]));
}

const blocks = (): Uint8Array[] => recorded("block");
const headers = (): Uint8Array[] => blocks().map((bytes) => Header.encode(BlockMessage.decode(bytes).header));
const commits = (): Uint8Array[] =>
  blocks().flatMap((bytes) => {
    const { lastCommit } = BlockMessage.decode(bytes);
    return lastCommit === undefined ? [] : [Commit.encode(lastCommit)];
  });
const lightCommits = (): Uint8Array[] =>
  lightBlockBytes().flatMap((bytes) => {
    const commit = LightBlockMessage.decode(bytes).signedHeader?.commit;
    return commit === undefined ? [] : [Commit.encode(commit)];
  });
const proposals = (): Uint8Array[] => {
  const vector = loadVector<{ readonly proposals: readonly { readonly proposal_proto: string }[] }>(
    "cometbft/sign_bytes",
  );
  return vector?.proposals.map(({ proposal_proto: form }) => fromHex(form)) ?? [];
};
const sets = (): Uint8Array[] =>
  lightBlockBytes().map((bytes) =>
    ValidatorSetMessage.encode(LightBlockMessage.decode(bytes).validatorSet ?? ValidatorSetMessage.create()),
  );

function evidenceBytes(): Uint8Array[] {
  const vector = loadVector<EvidenceVector>("cometbft/evidence");
  const all = [...(vector?.duplicate_votes ?? []), ...(vector?.light_client_attacks ?? [])];
  return all.map(({ evidence_proto: form }) => fromHex(form));
}

/** Each piece as a list of one. */
const evidenceLists = (): Uint8Array[] => wrapped(1, evidenceBytes());

/** A length in front of bytes. */
function varint(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  let rest = bytes.length;
  for (; rest >= 0x80; rest >>= 7) out.push((rest & 0x7f) | 0x80);
  return Uint8Array.of(...out, rest, ...bytes);
}

const votes = (): Uint8Array[] =>
  evidenceBytes().flatMap((bytes) => {
    const { sum } = EvidenceMessage.decode(bytes);
    return sum?.case === "duplicateVoteEvidence" && sum.value.voteA ? [Vote.encode(sum.value.voteA)] : [];
  });

const parts = (): Uint8Array[] => {
  const set = PartSet.fromData(utf8("twelve bytes"), 4);
  return [0, 1, 2].map((i) => Part.encode(set.part(i) ?? Part.create()));
};

/** A reactor message around the encoding of a member, by field number. */
const wrapped = (fieldNumber: number, members: readonly Uint8Array[]): Uint8Array[] =>
  members.map((member) => Uint8Array.of(fieldNumber * 8 + 2, ...varint(member)));

const consensusMessages = (): Uint8Array[] => [
  ...wrapped(1, [fromHex("0805100118032002")]),
  ...wrapped(2, [fromHex("080510011a0208032206080312010728018001")]),
  ...wrapped(3, [fromHex("0a0408201001")]),
  ...wrapped(4, [fromHex("0805100118001a050803120107")]),
  ...wrapped(
    5,
    parts().map((part) => Uint8Array.of(0x08, 5, 0x1a, ...varint(part))),
  ),
  ...wrapped(
    6,
    votes().map((vote) => Uint8Array.of(0x0a, ...varint(vote))),
  ),
  ...wrapped(7, [fromHex("0805100118012002")]),
  ...wrapped(8, [fromHex("08051001180122021200")]),
  ...wrapped(9, [fromHex("080510011801220212002a050803120107")]),
];

/** Stored states around the sets of light blocks. */
const states = (): Uint8Array[] =>
  sets().map((bytes, height) => {
    const set = ValidatorSetMessage.decode(bytes);
    const params = {
      block: { maxBytes: 1000, maxGas: -1n },
      evidence: { maxAgeNumBlocks: 1, maxAgeDuration: 1n, maxBytes: 1 },
      validator: { pubKeyTypes: ["ed25519"] },
      version: { app: 1n },
    };
    const heights = { lastBlockHeight: height, initialHeight: 1, lastHeightValidatorsChanged: 1 };
    const named = { chainId, validators: set, nextValidators: set, lastValidators: set };
    return StateMessage.encode(StateMessage.create({ ...heights, ...named, consensusParams: params }));
  });

const useSet = (set: ValidatorSet): void => {
  set.rotated(3).priorityHash.at(0);
  assert.equal(ValidatorSet.fromMessage(set.toMessage()).hash, set.hash);
};

function useLightBlock(block: ReturnType<typeof decodeLightBlock>): void {
  if (block.validatorSet !== undefined) useSet(block.validatorSet);
  const valid = validateLightBlock(block, chainId);
  const { header, commit } = valid.signedHeader;
  medianTime(commit, valid.validatorSet);
  if (trusted === undefined) return;
  verifyBackwards(trusted.signedHeader.header, header);
  verifyStep(
    { ...trusted.signedHeader, validators: trusted.validatorSet },
    { signedHeader: valid.signedHeader, validators: valid.validatorSet },
    {
      now: header.time,
      trustingPeriod: 10n ** 18n,
      maxClockDrift: 1n,
      trustLevel: { numerator: 1n, denominator: 3n },
      verifier: agreeable,
    },
  );
}

function useEvidence(list: ReturnType<typeof decodeEvidenceList>): void {
  for (const evidence of list) {
    evidenceHash(evidence);
    if (trusted === undefined) continue;
    if (evidence.kind === "duplicate-vote") verifyDuplicateVote(evidence, chainId, trusted.validatorSet, agreeable);
    else {
      const context = {
        commonHeader: trusted.signedHeader,
        commonSet: trusted.validatorSet,
        trusted: trusted.signedHeader,
      };
      verifyLightClientAttack(evidence, context, agreeable);
    }
  }
}

export const targets: FuzzTarget[] = [
  target("block", { decode: decodeBlock, encode: encodeBlock }, blocks, (block) => {
    assert.ok(blockPartSet(block).isComplete);
  }),
  target("block/wire", BlockMessage, blocks),
  target("header", Header, headers, (header) => {
    headerHash(header);
    validateHeader(header);
  }),
  target(
    "commit",
    Commit,
    () => [...commits(), ...lightCommits()],
    (commit) => {
      checkedCommit(commit);
      if (trusted === undefined) return;
      const expected = { chainId, blockId: commit.blockId, height: commit.height };
      verifyCommitLight(trusted.validatorSet, commit, expected, agreeable);
    },
  ),
  target("vote", Vote, votes, (vote) => {
    voteSignBytes(chainId, vote);
    validateVote(vote);
  }),
  target("proposal", Proposal, proposals, (proposal) => {
    proposalSignBytes(chainId, proposal);
    validateProposal(proposal);
  }),
  target("validator-set", ValidatorSetMessage, sets, (message) => useSet(ValidatorSet.fromMessage(message))),
  target("light-block", { decode: decodeLightBlock, encode: encodeLightBlock }, lightBlockBytes, useLightBlock),
  target("evidence-list", { decode: decodeEvidenceList, encode: encodeEvidenceList }, evidenceLists, useEvidence),
  target("part", Part, parts, (part) => {
    validatePart(part);
    new PartSet({ total: 3, hash: PartSet.fromData(utf8("twelve bytes"), 4).header.hash }).add(part);
  }),
  target(
    "abci-responses",
    AbciResponses,
    () => recorded("abci_responses"),
    ({ deliverTxs }) => {
      resultsHash(deliverTxs);
    },
  ),
  target("state", StateMessage, states, (message) => useSet(stateFromMessage(message).nextValidators)),
  target("block-meta", BlockMeta, () => [BlockMeta.encode(BlockMeta.create())]),
  target("message/consensus", ConsensusMessage, consensusMessages, ({ sum }) => {
    if (sum?.case === "proposalPol") BitArray.fromMessage(sum.value.proposalPol, 10_000);
    if (sum?.case === "voteSetBits") BitArray.fromMessage(sum.value.votes, 10_000);
  }),
  target("message/mempool", MempoolMessage, () => wrapped(1, [fromHex("0a03010203")])),
  target("message/pex", PexMessage, () => [
    ...wrapped(1, [new Uint8Array(0)]),
    ...wrapped(2, [fromHex("0a080a0161120162180a")]),
  ]),
  target("message/block-sync", BlockSyncMessage, () => [
    ...wrapped(1, [fromHex("0805")]),
    ...wrapped(
      3,
      blocks()
        .slice(0, 3)
        .map((block) => Uint8Array.of(0x0a, ...varint(block))),
    ),
    ...wrapped(5, [fromHex("08051001")]),
  ]),
  target("message/state-sync", StateSyncMessage, () =>
    wrapped(2, [SnapshotsResponse.encode(SnapshotsResponse.create({ height: 5, chunks: 2, hash: Uint8Array.of(1) }))]),
  ),
];
