// Everything that a validator signed and that may have left it: what its log and its sign state say,
// and what is in stored commits. Two different messages for one height, round and step are the fault that costs a
// validator its stake.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  OWN_PEER,
  SignStep,
  decodeWal,
  parseSignState,
  signedMessageOf,
  type BlockStore,
  type RoundMessage,
  type SignRequest,
  type SignState,
} from "@wadi/comet-core";
import {
  SignedMsgType,
  addressOfKey,
  commitVote,
  engineVerifier,
  isAbsent,
  type Commit,
  type SignedMessage,
  type Vote,
} from "@wadi/comet-types";
import { verifyEd25519, type PublicKey } from "@wadi/crypto";
import { toHex } from "@wadi/util";

const verifier = engineVerifier((key, digest, signature) => verifyEd25519(key, digest, signature));

type Position = Pick<SignState, "height" | "round" | "step">;

const placeOf = ({ height, round, step }: Position): string => `${height}/${round}/${step}`;

const stepOf = ({ type }: Vote): SignStep => (type === SignedMsgType.precommit ? SignStep.precommit : SignStep.prevote);

/** Collects signatures over many looks at one data directory. */
export class SignatureLedger {
  readonly #chainId: string;
  readonly #publicKey: PublicKey;
  /** What was signed, by height, round and step. */
  readonly #signed = new Map<string, string>();

  constructor(chainId: string, publicKey: PublicKey) {
    this.#chainId = chainId;
    this.#publicKey = publicKey;
  }

  /** Number of different messages that were signed. */
  get size(): number {
    return this.#signed.size;
  }

  /** Whether a message for this height, round and step was found. */
  has(position: Position): boolean {
    return this.#signed.has(placeOf(position));
  }

  /** Looks at log and sign state of an engine's folder, and at the stored commits of the last heights. */
  check(engineFolder: string, blocks: BlockStore, commits: number): void {
    for (const message of ownMessages(join(engineFolder, "data", "cs.wal"))) {
      if (message.kind === "vote") this.#add({ kind: "vote", vote: message.vote });
      if (message.kind === "proposal") this.#add({ kind: "proposal", proposal: message.proposal });
    }
    const signState = join(engineFolder, "oasis_priv_validator.json");
    if (existsSync(signState)) this.#addSignState(readFileSync(signState, "utf8"));
    const { height } = blocks;
    for (let at = Math.max(blocks.base, height - commits); at <= height; at++) {
      this.#addCommit(blocks.loadCommit(at) ?? blocks.loadSeenCommit(at));
    }
  }

  #addCommit(commit: Commit | undefined): void {
    const address = addressOfKey(this.#publicKey);
    for (const [i, sig] of commit?.signatures.entries() ?? []) {
      if (isAbsent(sig) || sig.validatorAddress !== address || commit === undefined) continue;
      this.#add({ kind: "vote", vote: commitVote(commit, i) });
    }
  }

  #addSignState(text: string): void {
    const { state } = parseSignState(text);
    const { signBytes: message, signature } = state;
    if (message === undefined || signature === undefined) return;
    this.#note(state, { publicKey: this.#publicKey, message, signature });
  }

  #add(request: SignRequest): void {
    const { height, round } = request.kind === "vote" ? request.vote : request.proposal;
    const step = request.kind === "vote" ? stepOf(request.vote) : SignStep.proposal;
    this.#note({ height, round, step }, signedMessageOf(this.#chainId, this.#publicKey, request));
  }

  #note(position: Position, signed: SignedMessage): void {
    const place = placeOf(position);
    assert.ok(verifier.verify(signed), `the signature of ${place} verifies`);
    const content = toHex(signed.message);
    assert.equal(this.#signed.get(place) ?? content, content, `signed twice: ${place}`);
    this.#signed.set(place, content);
  }
}

/** The node's own messages in the files of its log, oldest first. */
function ownMessages(folder: string): RoundMessage[] {
  const files = readdirSync(folder).filter((name) => /^wal(\.\d+)?$/.test(name));
  // The head has no number and is the newest.
  const ordered = files.toSorted((a, b) => (a === "wal" ? 1 : b === "wal" ? -1 : a < b ? -1 : 1));
  return ordered.flatMap((name) =>
    decodeWal(readFileSync(join(folder, name))).records.flatMap(({ record }) =>
      record.kind === "message" && record.peer === OWN_PEER ? [record.message] : [],
    ),
  );
}
