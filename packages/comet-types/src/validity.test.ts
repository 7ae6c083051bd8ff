// Basic validity of headers, votes, proposals, commits, blocks and parameters, rule by rule.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromHex, isError, must } from "@wadi/util";
import { dataHash, decodeBlock, encodeBlock, maxDataBytes, txHash, validateBlock, type Block } from "./block.ts";
import { chainIdOfContext, type ConsensusAddress, type HexHash } from "./brands.ts";
import { ABSENT_COMMIT_SIG, checkedCommit, commitHash, validateCommit } from "./commit.ts";
import { ErrInvalid } from "./errors.ts";
import { evidenceListHash } from "./evidence.ts";
import { headerHash, validateHeader } from "./header.ts";
import { updatedConsensusParams, validateConsensusParams, type ConsensusParams } from "./params.ts";
import { HASH_A, HASH_B, blockIdWith, commitBy, headerAt, signersWith } from "./testing/fixtures.ts";
import { validateProposal, validateVote } from "./vote.ts";
import { BlockIdFlag, Commit, CommitSig, Proposal, Vote, type Header } from "./wire/basics.ts";
import { BlockMessage } from "./wire/blocks.ts";

const signers = signersWith([10n, 10n, 10n]);
const SHORT = "aa" as HexHash;
const ADDRESS = "cc".repeat(20) as ConsensusAddress;

/** Each named change of a valid value is refused with its text, the value itself is not. */
function checkRules<T>(valid: T, check: (value: T) => void, rules: readonly (readonly [Partial<T>, RegExp])[]): void {
  check(valid);
  for (const [change, text] of rules) {
    const refused = (): void => check({ ...valid, ...change });
    assert.throws(refused, (e) => isError(e, ErrInvalid) && text.test((e as Error).message), String(text));
  }
}

describe("basic validity", () => {
  it("of headers", () => {
    const header = headerAt(5, signers);
    checkRules<Header>(header, validateHeader, [
      [{ version: { block: 10n, app: 0n } }, /^block protocol is incorrect: got: 10, want: 11 $/],
      [{ chainId: "x".repeat(51) }, /chainID is too long; got: 51, max: 50/],
      [{ chainId: "é".repeat(26) }, /chainID is too long; got: 52, max: 50/],
      [{ height: 0 }, /^zero Height$/],
      [{ height: -1 }, /^negative Height$/],
      [{ lastBlockId: blockIdWith(SHORT) }, /^wrong LastBlockID: wrong Hash$/],
      [{ lastCommitHash: SHORT }, /^wrong LastCommitHash: expected size to be 32 bytes, got 1 bytes$/],
      [{ dataHash: SHORT }, /^wrong DataHash/],
      [{ evidenceHash: SHORT }, /^wrong EvidenceHash/],
      [
        { proposerAddress: SHORT as string as ConsensusAddress },
        /^invalid ProposerAddress length; got: 1, expected: 20$/,
      ],
      [{ validatorsHash: SHORT }, /^wrong ValidatorsHash/],
      [{ nextValidatorsHash: SHORT }, /^wrong NextValidatorsHash/],
      [{ consensusHash: SHORT }, /^wrong ConsensusHash/],
      [{ lastResultsHash: SHORT }, /^wrong LastResultsHash/],
    ]);
    validateHeader({ ...header, appHash: SHORT });
    validateHeader({ ...header, dataHash: "" as HexHash, validatorsHash: "" as HexHash });
    assert.equal(headerHash({ ...header, validatorsHash: "" as HexHash }), "");
  });

  it("of votes", () => {
    const vote = Vote.create({
      type: 1,
      height: 5,
      blockId: blockIdWith(HASH_A),
      validatorAddress: ADDRESS,
      signature: new Uint8Array(64),
    });
    checkRules<Vote>(vote, validateVote, [
      [{ type: 0 }, /^invalid Type$/],
      [{ type: 32 }, /^invalid Type$/],
      [{ height: 0 }, /^negative or zero Height$/],
      [{ round: -1 }, /^negative Round$/],
      [{ blockId: blockIdWith(SHORT) }, /^wrong BlockID: wrong Hash$/],
      [{ blockId: blockIdWith("" as HexHash) }, /either empty or complete/],
      [{ blockId: blockIdWith(HASH_A, 0) }, /either empty or complete/],
      [
        { validatorAddress: SHORT as string as ConsensusAddress },
        /expected ValidatorAddress size to be 20 bytes, got 1/,
      ],
      [{ validatorIndex: -1 }, /^negative ValidatorIndex$/],
      [{ signature: new Uint8Array(0) }, /^signature is missing$/],
      [{ signature: new Uint8Array(65) }, /^signature is too big \(max: 64\)$/],
    ]);
    validateVote({ ...vote, blockId: Vote.create().blockId, signature: Uint8Array.of(1) });
  });

  it("of proposals", () => {
    const init = { type: 32, polRound: -1, blockId: blockIdWith(HASH_A), signature: new Uint8Array(64) };
    checkRules<Proposal>(Proposal.create(init), validateProposal, [
      [{ type: 1 }, /^invalid Type$/],
      [{ height: -1 }, /^negative Height$/],
      [{ round: -1 }, /^negative Round$/],
      [{ polRound: -2 }, /^negative POLRound \(exception: -1\)$/],
      [{ blockId: blockIdWith(SHORT) }, /^wrong BlockID/],
      [{ blockId: Vote.create().blockId }, /^expected a complete, non-empty BlockID/],
      [{ signature: new Uint8Array(65) }, /too big/],
    ]);
  });

  it("of commits", () => {
    const commit = commitBy(signers, 5, blockIdWith(HASH_A), ["commit", "nil", "absent"]);
    const first = must(commit.signatures[0]);
    const withSig = (init: Partial<CommitSig>): Partial<Commit> => ({ signatures: [{ ...first, ...init }] });
    const absent = (init: Partial<CommitSig>): Partial<Commit> => ({ signatures: [{ ...ABSENT_COMMIT_SIG, ...init }] });
    checkRules<Commit>(commit, validateCommit, [
      [{ height: -1 }, /^negative Height$/],
      [{ round: -1 }, /^negative Round$/],
      [{ blockId: Commit.create().blockId }, /^commit cannot be for nil block$/],
      [{ signatures: [] }, /^no signatures in commit$/],
      [withSig({ blockIdFlag: 0 }), /^wrong CommitSig #0: unknown BlockIDFlag: 0$/],
      [withSig({ blockIdFlag: 4 }), /unknown BlockIDFlag: 4$/],
      [withSig({ validatorAddress: "" as ConsensusAddress }), /got 0 bytes$/],
      [withSig({ signature: new Uint8Array(0) }), /signature is missing$/],
      [withSig({ signature: new Uint8Array(65) }), /signature is too big/],
      [absent({ validatorAddress: ADDRESS }), /validator address is present$/],
      [absent({ timestamp: 0n }), /time is present$/],
      [absent({ signature: Uint8Array.of(1) }), /signature is present$/],
    ]);
    validateCommit(Commit.create());
    const odd = Commit.create({ signatures: [{ ...first, blockIdFlag: 9 }] });
    validateCommit(odd);
    assert.throws(() => checkedCommit(odd), /unknown BlockIDFlag: 9/, "from the wire every signature counts");
  });

  it("reads the low byte of a block id flag, as the reference does", () => {
    const wide = fromHex("088202" + "1a0b088092b8c398feffffff01");
    assert.equal(CommitSig.decode(wide).blockIdFlag, BlockIdFlag.commit);
  });

  it("of blocks", () => {
    const txs = [Uint8Array.of(1), Uint8Array.of(2, 3)];
    const lastCommit = commitBy(signers, 4, blockIdWith(HASH_B));
    const header = headerAt(5, signers, {
      lastCommitHash: commitHash(lastCommit),
      dataHash: dataHash(txs),
      evidenceHash: evidenceListHash([]),
    });
    const block: Block = { header, txs, evidence: [], lastCommit };
    checkRules<Block>(block, validateBlock, [
      [{ header: { ...header, height: 0 } }, /^invalid header: zero Height$/],
      [{ lastCommit: undefined }, /^nil LastCommit$/],
      [{ lastCommit: { ...lastCommit, round: -1 } }, /^wrong LastCommit: negative Round$/],
      [{ lastCommit: { ...lastCommit, signatures: lastCommit.signatures.slice(1) } }, /^wrong Header.LastCommitHash/],
      [{ txs: [] }, /^wrong Header.DataHash/],
      [{ header: { ...header, evidenceHash: HASH_A } }, /^wrong Header.EvidenceHash/],
    ]);
    assert.deepEqual(decodeBlock(encodeBlock(block)), block);
    const bare = BlockMessage.encode(BlockMessage.create({ header, data: { txs } }));
    assert.throws(
      () => decodeBlock(bare),
      (e) => isError(e, ErrInvalid),
    );
    assert.equal(txHash(Uint8Array.of()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  it("of consensus parameters", () => {
    const block = { maxBytes: 1_048_576, maxGas: -1n };
    const evidence = { maxAgeNumBlocks: 10, maxAgeDuration: 1n, maxBytes: 1000 };
    const validator = { pubKeyTypes: ["ed25519"] };
    const params: ConsensusParams = { block, evidence, validator, version: { app: 7n << 32n } };
    checkRules<ConsensusParams>(params, validateConsensusParams, [
      [{ block: { ...block, maxBytes: 0 } }, /MaxBytes must be greater than 0/],
      [{ block: { ...block, maxBytes: 104_857_601 } }, /MaxBytes is too big/],
      [{ block: { ...block, maxGas: -2n } }, /MaxGas must be/],
      [{ evidence: { ...evidence, maxAgeNumBlocks: 0 } }, /MaxAgeNumBlocks/],
      [{ evidence: { ...evidence, maxAgeDuration: 0n } }, /MaxAgeDuration/],
      [{ evidence: { ...evidence, maxBytes: 1_048_577 } }, /upper bound/],
      [{ evidence: { ...evidence, maxBytes: -1 } }, /non negative/],
      [{ validator: { pubKeyTypes: [] } }, /len\(Validator.PubKeyTypes\)/],
      [{ validator: { pubKeyTypes: ["sr25519"] } }, /unknown pubkey type/],
    ]);
    const updated = updatedConsensusParams(params, { version: { app: 1n } });
    assert.deepEqual(updated, { ...params, version: { app: 1n } });
    assert.deepEqual(updatedConsensusParams(params, undefined), params);
  });

  it("has the sizes and names of the protocol", () => {
    assert.equal(maxDataBytes(1_048_576, 0, 100), 1_048_576 - 11 - 626 - 94 - 11_100);
    assert.equal(maxDataBytes(100, 0, 1) < 0, true);
    assert.equal(chainIdOfContext("ab".repeat(32)).length, 50);
  });
});
