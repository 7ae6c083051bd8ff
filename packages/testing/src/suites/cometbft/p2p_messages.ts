// Messages of the reactors: the values that the file names give its bytes, and its bytes these
// values. The handshake and the cutting into packets belong to the transport.
import assert from "node:assert/strict";
import { channelOf, decodeGossipMessage, decodeTxs, encodeTxs, type GossipMessage } from "@wadi/comet-core";
import {
  BitArray,
  BlockMessage,
  BlockSyncMessage,
  ConsensusMessage,
  EvidenceListMessage,
  Header,
  PartSet,
  PexMessage,
  StateSyncMessage,
  ZERO_BLOCK_ID,
  dataHash,
  evidenceListHash,
  type BlockId,
  type ConsensusAddress,
  type HexHash,
  type Part,
} from "@wadi/comet-types";
import { WadiError, fromHex, must, utf8 } from "@wadi/util";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { equalForm, equalHex } from "./shared.ts";

interface IdVector {
  readonly hash: string;
  readonly parts: { readonly hash: string; readonly total: number };
}

interface BitsVector {
  readonly bits: number;
  readonly elems: readonly string[];
  readonly set?: string;
}

interface MessageVector {
  readonly name: string;
  readonly channel: string;
  readonly hex: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface MessagesVector {
  readonly fork_golden: readonly MessageVector[];
  readonly more: readonly MessageVector[];
  readonly node_info: readonly unknown[];
  readonly packets: readonly unknown[];
}

/** A field of a message by its name in the file. */
type Fields = <T>(name: string) => T;

const bytesOf = (hex: unknown): Uint8Array => fromHex(String(hex));
const timeText = (text: string): bigint => BigInt(new Date(text).getTime()) * 1_000_000n;

function idOf(value: IdVector | "zero"): BlockId {
  if (value === "zero") return ZERO_BLOCK_ID;
  const { hash, parts } = value;
  return { hash: hash as HexHash, partSetHeader: { total: parts.total, hash: parts.hash as HexHash } };
}

/** Bits as the file lists them; where it also says which are set, our own array must agree. */
function bitsOf(value: BitsVector | "empty"): { bits: number; elems: bigint[] } {
  if (value === "empty") return { bits: 0, elems: [] };
  const message = { bits: value.bits, elems: value.elems.map(BigInt) };
  if (value.set !== undefined) {
    assert.equal(value.set, "every third index from 0");
    const ours = BitArray.from(Array.from({ length: value.bits }, (_, i) => i % 3 === 0));
    assert.deepEqual(ours.toMessage(), message);
  }
  return message;
}

interface PartVector {
  readonly index: number;
  readonly bytes: string;
  readonly proof: { total: string; index: string; leaf_hash: string; aunts: readonly string[] };
}

/** The part of a message: spelled out, or number 2 of the set that its name describes. */
function partOf(get: Fields): Part {
  const spelled = get<PartVector | undefined>("part");
  if (spelled === undefined) {
    const set = PartSet.fromData(utf8("0123456789".repeat(20)), 64);
    assert.deepEqual(set.header, { total: get("total"), hash: get("part_set_hash") });
    return must(set.part(2));
  }
  const { total, index, leaf_hash: leafHash, aunts } = spelled.proof;
  const proof = {
    total: Number(total),
    index: Number(index),
    leafHash: bytesOf(leafHash),
    aunts: aunts.map(bytesOf),
  };
  return { index: spelled.index, bytes: bytesOf(spelled.bytes), proof };
}

type ConsensusSum = NonNullable<ConsensusMessage["sum"]>;

function proposalOf(get: Fields): ConsensusSum {
  const fields = get<Readonly<Record<string, unknown>>>("proposal");
  const proposal = {
    type: Number(fields["type"]),
    height: Number(fields["height"]),
    round: Number(fields["round"]),
    polRound: Number(fields["pol_round"]),
    blockId: idOf(fields["block_id"] as IdVector),
    timestamp: timeText(String(fields["timestamp"])),
    signature: bytesOf(fields["signature"]),
  };
  return { case: "proposal", value: { proposal } };
}

function voteOf(get: Fields): ConsensusSum {
  const fields = get<Readonly<Record<string, unknown>>>("vote");
  const vote = {
    type: Number(fields["type"]),
    height: Number(fields["height"]),
    round: Number(fields["round"]),
    blockId: idOf(fields["block_id"] as IdVector),
    timestamp: timeText(String(fields["timestamp"])),
    validatorAddress: fields["validator_address"] as ConsensusAddress,
    validatorIndex: Number(fields["validator_index"]),
    signature: bytesOf(fields["signature"]),
  };
  return { case: "vote", value: { vote } };
}

function validBlockOf(get: Fields, height: number, round: number): ConsensusSum {
  const { total, hash } =
    get<IdVector["parts"] | undefined>("parts") ?? get<IdVector["parts"]>("block_part_set_header");
  const blockPartSetHeader = { total, hash: hash as HexHash };
  const blockParts = bitsOf(get("block_parts"));
  return {
    case: "newValidBlock",
    value: { height, round, blockPartSetHeader, blockParts, isCommit: get("is_commit") },
  };
}

/** The value of a message of the consensus channels. */
function consensusSum(kind: string, get: Fields): ConsensusSum {
  const height = Number(get("height"));
  const round = Number(get("round"));
  const type = Number(get("type"));
  switch (kind) {
    case "NewRoundStep": {
      const secondsSinceStartTime = BigInt(get<string>("seconds_since_start_time"));
      const lastCommitRound = get<number>("last_commit_round");
      return {
        case: "newRoundStep",
        value: { height, round, step: get("step"), secondsSinceStartTime, lastCommitRound },
      };
    }
    case "NewValidBlock":
      return validBlockOf(get, height, round);
    case "Proposal":
      return proposalOf(get);
    case "ProposalPOL": {
      const proposalPol = bitsOf(get("proposal_pol"));
      return { case: "proposalPol", value: { height, proposalPolRound: get("proposal_pol_round"), proposalPol } };
    }
    case "BlockPart":
      return { case: "blockPart", value: { height, round, part: partOf(get) } };
    case "Vote":
      return voteOf(get);
    case "HasVote":
      return { case: "hasVote", value: { height, round, type, index: get("index") } };
    case "VoteSetMaj23":
      return { case: "voteSetMaj23", value: { height, round, type, blockId: idOf(get("block_id")) } };
    case "VoteSetBits": {
      const votes = bitsOf(get("votes"));
      return { case: "voteSetBits", value: { height, round, type, blockId: idOf(get("block_id")), votes } };
    }
    default:
      throw new RangeError(`no message ${kind}`);
  }
}

function txsOf(get: Fields): readonly Uint8Array[] {
  return get<readonly string[]>("txs").map(bytesOf);
}

function blockSyncSum(kind: string, get: Fields): NonNullable<BlockSyncMessage["sum"]> {
  const height = Number(get("height"));
  switch (kind) {
    case "BlockRequest":
      return { case: "blockRequest", value: { height } };
    case "NoBlockResponse":
      return { case: "noBlockResponse", value: { height } };
    case "StatusRequest":
      return { case: "statusRequest", value: {} };
    case "StatusResponse":
      return { case: "statusResponse", value: { height, base: Number(get("base")) } };
    case "BlockResponse": {
      // "block of height 3, block version 11, app 0, ... tx 'Hello World', no evidence, no last commit"
      const txs = [utf8("Hello World")];
      const version = { block: 11n, app: 0n };
      const header = Header.create({ version, height: 3, dataHash: dataHash(txs), evidenceHash: evidenceListHash([]) });
      return { case: "blockResponse", value: { block: BlockMessage.create({ header, data: { txs } }) } };
    }
    default:
      throw new RangeError(`no message ${kind}`);
  }
}

function stateSyncSum(kind: string, get: Fields): NonNullable<StateSyncMessage["sum"]> {
  const height = Number(get("height"));
  const [format, index, chunks] = [get<number>("format"), get<number>("index"), get<number>("chunks")];
  switch (kind) {
    case "SnapshotsRequest":
      return { case: "snapshotsRequest", value: {} };
    case "SnapshotsResponse": {
      const [hash, metadata] = [bytesOf(get("hash")), bytesOf(get("metadata"))];
      return { case: "snapshotsResponse", value: { height, format, chunks, hash, metadata } };
    }
    case "ChunkRequest":
      return { case: "chunkRequest", value: { height, format, index } };
    case "ChunkResponse": {
      const [chunk, missing] = [bytesOf(get("chunk")), get<boolean>("missing")];
      return { case: "chunkResponse", value: { height, format, index, chunk, missing } };
    }
    default:
      throw new RangeError(`no message ${kind}`);
  }
}

function pexSum(kind: string, get: Fields): NonNullable<PexMessage["sum"]> {
  if (kind === "PexRequest") return { case: "pexRequest", value: {} };
  return { case: "pexAddrs", value: { addrs: get<readonly { id: string; ip: string; port: number }[]>("addrs") } };
}

/** One piece of evidence, whose votes only show the form: they are not signed. */
function evidenceList(hex: string): void {
  const list = EvidenceListMessage.decode(fromHex(hex));
  equalHex(EvidenceListMessage.encode(list), hex);
  const sum = must(list.evidence[0]).sum;
  assert.ok(list.evidence.length === 1 && sum?.case === "duplicateVoteEvidence");
  for (const vote of [must(sum.value.voteA), must(sum.value.voteB)]) {
    const { height, round, validatorIndex, blockId } = vote;
    assert.deepEqual([height, round, validatorIndex, blockId.partSetHeader.total], [3, 2, 56_789, 1_000_000]);
  }
}

/** Numbers that this data model does not hold; see docs/differences.md. */
function isBeyondNumbers({ fields }: MessageVector): boolean {
  return ["height", "base"].some((name) => Number(fields[name] ?? 0) > Number.MAX_SAFE_INTEGER);
}

function checkMessage(vector: MessageVector): void {
  const kind = must(vector.name.split(" ")[0]);
  const get: Fields = <T>(name: string) => vector.fields[name] as T;
  switch (vector.channel) {
    case "0x20":
    case "0x21":
    case "0x22":
    case "0x23":
      return equalForm(ConsensusMessage, vector.hex, { sum: consensusSum(kind, get) });
    case "0x30":
      assert.deepEqual(decodeTxs(fromHex(vector.hex)), txsOf(get));
      return equalHex(encodeTxs(txsOf(get)), vector.hex);
    case "0x38":
      return evidenceList(vector.hex);
    case "0x40":
      return equalForm(BlockSyncMessage, vector.hex, { sum: blockSyncSum(kind, get) });
    case "0x60":
    case "0x61":
      return equalForm(StateSyncMessage, vector.hex, { sum: stateSyncSum(kind, get) });
    case "0x00":
      return equalForm(PexMessage, vector.hex, { sum: pexSum(kind, get) });
    default:
      throw new RangeError(`no channel ${vector.channel}`);
  }
}

function checkRefused({ hex, channel }: MessageVector): void {
  const schema = channel === "0x40" ? BlockSyncMessage : ConsensusMessage;
  assert.throws(() => schema.decode(fromHex(hex)), WadiError);
}

/** A message that the reactor takes comes on the channel that the file names. */
function checkChannel({ hex, channel }: MessageVector): void {
  let message: GossipMessage;
  try {
    message = decodeGossipMessage(fromHex(hex));
  } catch (e) {
    // Some examples only show the form: no signature, an empty array, a proof for another part.
    if (e instanceof WadiError && e.module === "cometbft/types") return;
    throw e;
  }
  assert.equal(channelOf(message.kind), Number(channel));
}

export const suite: Suite = {
  file: "cometbft/p2p_messages",
  partial: true,
  run(r) {
    const vector = must(loadVector<MessagesVector>("cometbft/p2p_messages"));
    let packets = vector.packets.length;
    for (const [list, messages] of [["fork", vector.fork_golden] as const, ["more", vector.more] as const]) {
      for (const [i, message] of messages.entries()) {
        const name = `${list} ${i}: ${message.name}`;
        if (message.channel === "packet") packets++;
        else if (isBeyondNumbers(message)) r.case(`${name} beyond 2^53`, () => checkRefused(message));
        else {
          r.case(name, () => {
            checkMessage(message);
            if (message.channel.startsWith("0x2")) checkChannel(message);
          });
        }
      }
    }
    r.leaveOut("handshake of the peer-to-peer transport", vector.node_info.length);
    // The delimited ping and pong stand beside the list.
    r.leaveOut("packets of the peer-to-peer transport", packets + 2);
  },
};
