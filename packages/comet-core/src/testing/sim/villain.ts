// A byzantine validator: an engine that runs like any other, and this between it and the network.
// It signs whatever it likes with its own key, and has no other keys.
import {
  ConsensusMessage,
  SignedMsgType,
  Vote,
  ZERO_BLOCK_ID,
  blockHash,
  dataHash,
  decodeBlock,
  duplicateVoteEvidence,
  encodeEvidenceList,
  isZeroBlockId,
  proposalSignBytes,
  voteSignBytes,
  type Block,
  type BlockId,
  type HexHash,
  type PartSet,
  type Proposal,
} from "@wadi/comet-types";
import { EVIDENCE_CHANNEL } from "../../evidence/gossip.ts";
import { STATE_CHANNEL, VOTE_CHANNEL, VOTE_SET_BITS_CHANNEL } from "../../gossip/messages.ts";
import { bytesEqual } from "@wadi/util";
import type { RoundView } from "../../rounds/view.ts";
import { badBlock } from "./bad-block.ts";
import { inParts, type Conspiracy } from "./conspiracy.ts";
import type { Dice } from "@wadi/testing";
import type { SimKey } from "./keys.ts";
import { lie } from "./lies.ts";
import type { Packet } from "./network.ts";
import { encodeToyTransaction } from "./toy-transactions.ts";
import type { Vice } from "./vices.ts";

type Sum = NonNullable<ConsensusMessage["sum"]>;

/** Packets kept to be sent again. */
const MEMORY = 64;
const INVENTED = "e1".repeat(32) as HexHash;
const INVENTED_BLOCK: BlockId = { hash: INVENTED, partSetHeader: { total: 1, hash: INVENTED } };

export interface VillainDeps {
  readonly chainId: string;
  readonly key: SimKey;
  readonly vices: readonly Vice[];
  readonly dice: Dice;
  readonly conspiracy: Conspiracy;
}

const packetOf = (channel: number, sum: Sum): Packet => ({ channel, bytes: ConsensusMessage.encode({ sum }) });

export class Villain {
  readonly #deps: VillainDeps;
  readonly #memory: Packet[] = [];
  #lastProposed = "";

  constructor(deps: VillainDeps) {
    this.#deps = deps;
  }

  #has(vice: Vice): boolean {
    return this.#deps.vices.includes(vice);
  }

  #sign(vote: Vote): Vote {
    const signature = this.#deps.key.sign(voteSignBytes(this.#deps.chainId, vote));
    return { ...vote, signature };
  }

  /** To be called before anything goes out: if our engine has made a proposal, some peers may see another one. */
  watch({ proposal, proposalParts }: RoundView): void {
    if (proposal === undefined || proposalParts?.isComplete !== true) return;
    const place = `${proposal.height}/${proposal.round}`;
    if (place === this.#lastProposed) return;
    const signature = this.#deps.key.sign(proposalSignBytes(this.#deps.chainId, proposal));
    if (!bytesEqual(signature, proposal.signature)) return;
    this.#lastProposed = place;
    this.#split(proposal, proposalParts);
  }

  #split(proposal: Proposal, parts: PartSet): void {
    const { dice, conspiracy } = this.#deps;
    const block = decodeBlock(parts.data());
    let other: Block | undefined;
    const isBad = this.#has("invalid-proposal") && dice.oneIn(2);
    if (isBad) other = badBlock(block, dice);
    else if (this.#has("two-proposals") && dice.oneIn(2)) {
      const txs = [...block.txs, encodeToyTransaction({ kind: "put", number: dice.below(1000) })];
      other = { ...block, txs, header: { ...block.header, dataHash: dataHash(txs) } };
    }
    if (other === undefined) return;
    const made = inParts(other, blockHash(other));
    const unsigned = { ...proposal, blockId: made.blockId };
    const signature = this.#deps.key.sign(proposalSignBytes(this.#deps.chainId, unsigned));
    conspiracy.add({
      proposal: { ...unsigned, signature },
      parts: made.parts,
      isForAll: isBad && dice.oneIn(2),
    });
  }

  /** What goes to a peer instead of a packet of our engine. */
  outgoing(peer: number, packet: Packet): readonly Packet[] {
    if (packet.channel < STATE_CHANNEL || packet.channel > VOTE_SET_BITS_CHANNEL) return [packet];
    const { sum } = ConsensusMessage.decode(packet.bytes);
    this.#remember(packet);
    if (sum === undefined) return [packet];
    if (packet.channel !== STATE_CHANNEL && this.#isSilent(sum)) return [];
    switch (sum.case) {
      case "proposal":
        return this.#proposalFor(peer, packet, sum.value.proposal);
      case "blockPart":
        return this.#partFor(peer, packet, sum.value);
      case "vote":
        return sum.value.vote === undefined ? [packet] : this.#voteFor(peer, packet, sum.value.vote);
      default:
        return [packet];
    }
  }

  #isSilent(sum: Sum): boolean {
    if (!this.#has("silence") || !("height" in sum.value)) return false;
    return this.#deps.dice.fork(`silent at ${sum.value.height}`).oneIn(2);
  }

  #remember(packet: Packet): void {
    if (!this.#has("replay")) return;
    if (this.#memory.length < MEMORY) this.#memory.push(packet);
    else this.#memory[this.#deps.dice.below(MEMORY)] = packet;
  }

  #proposalFor(peer: number, packet: Packet, proposal: Proposal): readonly Packet[] {
    const other = this.#deps.conspiracy.otherFor(peer, proposal.height, proposal.round);
    if (other === undefined) return [packet];
    return [packetOf(packet.channel, { case: "proposal", value: { proposal: other.proposal } })];
  }

  #partFor(peer: number, packet: Packet, value: (Sum & { case: "blockPart" })["value"]): readonly Packet[] {
    const { dice, conspiracy } = this.#deps;
    const part = conspiracy.otherFor(peer, value.height, value.round)?.parts.part(value.part.index);
    const sent = part ?? value.part;
    if (!this.#has("bad-parts") || !dice.oneIn(3)) {
      return part === undefined
        ? [packet]
        : [packetOf(packet.channel, { case: "blockPart", value: { ...value, part } })];
    }
    const bytes = sent.bytes.slice();
    bytes[dice.below(bytes.length)] = dice.below(256);
    const bad = dice.pick([
      { ...sent, bytes },
      { ...sent, index: sent.index + 1 },
      { ...sent, proof: { ...sent.proof, total: sent.proof.total + 1 } },
      { ...sent, proof: { ...sent.proof, aunts: [...sent.proof.aunts, new Uint8Array(32)] } },
    ]);
    return [packetOf(packet.channel, { case: "blockPart", value: { ...value, part: bad } })];
  }

  /** Votes of others pass; ours may become any others, one or several. */
  #voteFor(peer: number, packet: Packet, vote: Vote): readonly Packet[] {
    const { dice, conspiracy, key } = this.#deps;
    if (vote.validatorAddress !== key.address) return [packet];
    const votes: Vote[] = [vote];
    const other = conspiracy.otherFor(peer, vote.height, vote.round);
    if (other !== undefined) votes[0] = this.#sign({ ...vote, blockId: other.proposal.blockId });
    if (this.#has("two-votes") && conspiracy.isSecondHalf(peer, vote.height)) {
      const blockId = isZeroBlockId(vote.blockId) ? INVENTED_BLOCK : dice.pick([ZERO_BLOCK_ID, INVENTED_BLOCK]);
      const second = this.#sign({ ...vote, blockId });
      if (dice.oneIn(2)) votes.push(second);
      else votes[0] = second;
    }
    if (this.#has("bad-signatures") && dice.oneIn(2)) votes[0] = { ...vote, signature: dice.bytes(64) };
    return votes.map((value) => packetOf(packet.channel, { case: "vote", value: { vote: value } }));
  }

  /** From time to time: something that no engine sends. */
  mischief(view: RoundView): readonly Packet[] {
    const { dice } = this.#deps;
    const packets: Packet[] = [];
    if (this.#has("lies") && dice.oneIn(2)) {
      const { channel, sum } = lie(view, dice);
      packets.push(packetOf(channel, sum));
    }
    if (this.#has("replay") && this.#memory.length > 0) packets.push(dice.pick(this.#memory));
    if (this.#has("no-locks")) packets.push(...this.#votesForProposal(view));
    if (this.#has("other-rounds")) packets.push(...this.#votesIn(view, view.round + dice.between(-2, 6)));
    if (this.#has("garbage") && dice.oneIn(6)) packets.push(this.#garbage());
    if (this.#has("false-evidence") && dice.oneIn(6)) packets.push(...this.#falseEvidence(view));
    return packets;
  }

  #vote(view: RoundView, type: number, round: number, blockId: BlockId): Packet[] {
    const { key } = this.#deps;
    const validatorIndex = view.validators.indexOf(key.address);
    if (validatorIndex < 0 || round < 0) return [];
    const timestamp = view.state.lastBlockTime + 1_000_000n;
    const { address: validatorAddress } = key;
    const vote = Vote.create({
      type,
      height: view.height,
      round,
      blockId,
      timestamp,
      validatorAddress,
      validatorIndex,
    });
    return [packetOf(VOTE_CHANNEL, { case: "vote", value: { vote: this.#sign(vote) } })];
  }

  #votesForProposal(view: RoundView): Packet[] {
    const blockId = view.proposal?.blockId;
    if (blockId === undefined) return [];
    return [SignedMsgType.prevote, SignedMsgType.precommit].flatMap((type) =>
      this.#vote(view, type, view.round, blockId),
    );
  }

  #votesIn(view: RoundView, round: number): Packet[] {
    const { dice } = this.#deps;
    const blockId = dice.pick([ZERO_BLOCK_ID, view.proposal?.blockId ?? INVENTED_BLOCK, INVENTED_BLOCK]);
    return this.#vote(view, dice.pick([SignedMsgType.prevote, SignedMsgType.precommit]), round, blockId);
  }

  #garbage(): Packet {
    const { dice } = this.#deps;
    const channel = dice.pick([0x20, 0x21, 0x22, 0x23, 0x30, 0x38, 0x77]);
    return { channel, bytes: dice.bytes(dice.pick([0, 1, 20, 300])) };
  }

  #falseEvidence(view: RoundView): Packet[] {
    const { dice } = this.#deps;
    const victim = view.validators.member(dice.below(view.validators.size));
    const base = Vote.create({
      type: SignedMsgType.precommit,
      height: Math.max(1, view.height - dice.below(3)),
      timestamp: view.state.lastBlockTime,
      validatorAddress: victim.address,
      validatorIndex: view.validators.indexOf(victim.address),
    });
    const votes = [this.#sign(base), this.#sign({ ...base, blockId: INVENTED_BLOCK })] as const;
    const evidence = duplicateVoteEvidence(votes, view.state.lastBlockTime, view.validators);
    return [{ channel: EVIDENCE_CHANNEL, bytes: encodeEvidenceList([evidence]) }];
  }
}
