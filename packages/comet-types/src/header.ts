// Block headers: validity by themselves and the hash (types/block.go).
import { proto } from "@wadi/codec";
import { ADDRESS_SIZE, MAX_CHAIN_ID_LENGTH, NO_HASH, hexHash, type HexHash } from "./brands.ts";
import { validateBlockId, validateHash } from "./block-id.ts";
import { ErrInvalid, refusal, within } from "./errors.ts";
import { merkleRoot } from "./merkle.ts";
import { BlockId, ConsensusVersion, type Header } from "./wire/basics.ts";

/** The header version this protocol writes and accepts. */
export const BLOCK_PROTOCOL = 11n;

const StringValue = proto.message("StringValue", { value: proto.string(1) });
const Int64Value = proto.message("Int64Value", { value: proto.int64Number(1) });
const HexValue = proto.message("BytesValue", { value: proto.hex(1) });

/** The fourteen leaves of the header's tree; a zero value gives an empty leaf. */
export function headerLeaves(header: Header): readonly Uint8Array[] {
  const hex = (value: string): Uint8Array => HexValue.encode({ value });
  return [
    ConsensusVersion.encode(header.version),
    StringValue.encode({ value: header.chainId }),
    Int64Value.encode({ value: header.height }),
    proto.encodeTimestamp(header.time),
    BlockId.encode(header.lastBlockId),
    hex(header.lastCommitHash),
    hex(header.dataHash),
    hex(header.validatorsHash),
    hex(header.nextValidatorsHash),
    hex(header.consensusHash),
    hex(header.appHash),
    hex(header.lastResultsHash),
    hex(header.evidenceHash),
    hex(header.proposerAddress),
  ];
}

/** Headers do not change, and everybody who handles a block asks for its hash again. */
const hashes = new WeakMap<Header, HexHash>();

/** The block hash; none for a header without validators hash. */
export function headerHash(header: Header): HexHash {
  if (header.validatorsHash === "") return NO_HASH;
  let hash = hashes.get(header);
  if (hash === undefined) {
    hash = hexHash(merkleRoot(headerLeaves(header)));
    hashes.set(header, hash);
  }
  return hash;
}

/** The rules a header satisfies by itself; throws ErrInvalid. Time and app hash are not looked at. */
export function validateHeader(header: Header): void {
  if (header.version.block !== BLOCK_PROTOCOL) {
    const text = `got: ${header.version.block}, want: ${BLOCK_PROTOCOL} `;
    throw refusal(ErrInvalid, `block protocol is incorrect: ${text}`);
  }
  const chainIdLength = proto.bytesFromText(header.chainId).length;
  if (chainIdLength > MAX_CHAIN_ID_LENGTH) {
    throw refusal(ErrInvalid, `chainID is too long; got: ${chainIdLength}, max: ${MAX_CHAIN_ID_LENGTH}`);
  }
  if (header.height < 0) throw refusal(ErrInvalid, "negative Height");
  if (header.height === 0) throw refusal(ErrInvalid, "zero Height");
  within("wrong LastBlockID: ", () => validateBlockId(header.lastBlockId));
  within("wrong LastCommitHash: ", () => validateHash(header.lastCommitHash));
  within("wrong DataHash: ", () => validateHash(header.dataHash));
  within("wrong EvidenceHash: ", () => validateHash(header.evidenceHash));
  if (header.proposerAddress.length !== 2 * ADDRESS_SIZE) {
    const text = `got: ${header.proposerAddress.length / 2}, expected: ${ADDRESS_SIZE}`;
    throw refusal(ErrInvalid, `invalid ProposerAddress length; ${text}`);
  }
  within("wrong ValidatorsHash: ", () => validateHash(header.validatorsHash));
  within("wrong NextValidatorsHash: ", () => validateHash(header.nextValidatorsHash));
  within("wrong ConsensusHash: ", () => validateHash(header.consensusHash));
  within("wrong LastResultsHash: ", () => validateHash(header.lastResultsHash));
}
