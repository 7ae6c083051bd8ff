// Validator sets (types/validator_set.go of the fork). A set is immutable: rotation and changes
// give new sets. Sets of one membership share it, with its hash; only priorities are copied.
import { NO_HASH, hexHash, type ConsensusAddress, type HexHash } from "./brands.ts";
import { ErrInvalidValidatorSet, refusal, within } from "./errors.ts";
import { clampInt64 } from "./int64.ts";
import { merkleRoot } from "./merkle.ts";
import { highestPriority, normalizePriorities, proposerPriorityHash, rotateOnce } from "./proposer-priority.ts";
import { MAX_TOTAL_VOTING_POWER, changedMembers } from "./validator-changes.ts";
import {
  compareByPower,
  simpleValidatorBytes,
  validateValidator,
  validatorFromMessage,
  validatorToMessage,
  type Validator,
  type ValidatorChange,
} from "./validator.ts";
import { ValidatorSetMessage } from "./wire/validators.ts";

/** What sets of the same validators and powers have in common. */
class Membership {
  readonly validators: readonly ValidatorChange[];
  readonly totalPower: bigint;
  readonly #index: ReadonlyMap<ConsensusAddress, number>;
  #hash: HexHash | undefined;
  #isValid = false;

  constructor(validators: readonly ValidatorChange[]) {
    this.validators = validators.map(({ address, publicKey, votingPower }) => ({ address, publicKey, votingPower }));
    let total = 0n;
    for (const { votingPower } of validators) {
      total = clampInt64(total + votingPower);
      if (total > MAX_TOTAL_VOTING_POWER) {
        const text = `total voting power ${total} exceeds maximum ${MAX_TOTAL_VOTING_POWER}`;
        throw refusal(ErrInvalidValidatorSet, text);
      }
    }
    this.totalPower = total;
    const index = new Map<ConsensusAddress, number>();
    // A decoded set may name an address twice: the first one counts.
    for (const [i, { address }] of validators.entries()) if (!index.has(address)) index.set(address, i);
    this.#index = index;
  }

  indexOf(address: ConsensusAddress): number {
    return this.#index.get(address) ?? -1;
  }

  /** Each member valid by itself; found out once, since every key has to be hashed for it. */
  validate(): void {
    if (this.#isValid) return;
    for (const [i, member] of this.validators.entries()) {
      within(`invalid validator #${i}: `, () => validateValidator(member));
    }
    this.#isValid = true;
  }

  get hash(): HexHash {
    this.#hash ??= hexHash(merkleRoot(this.validators.map(simpleValidatorBytes)));
    return this.#hash;
  }
}

export class ValidatorSet {
  readonly #membership: Membership;
  /** By index; owned by this set. */
  readonly #priorities: BigInt64Array;
  /** As of the last rotation; a decoded set keeps what it was sent with. */
  readonly #proposer: Validator | undefined;
  /** Made once: a set is part of three states in turn. */
  #message: ValidatorSetMessage | undefined;

  private constructor(membership: Membership, priorities: BigInt64Array, proposer: Validator | undefined) {
    this.#membership = membership;
    this.#priorities = priorities;
    this.#proposer = proposer;
  }

  static readonly EMPTY: ValidatorSet = new ValidatorSet(new Membership([]), new BigInt64Array(0), undefined);

  /**
   * A set from nothing, with one rotation done; throws ErrInvalidChangeSet for duplicates, powers
   * of 0 or less, or too much power.
   */
  static create(validators: readonly ValidatorChange[]): ValidatorSet {
    return validators.length === 0 ? ValidatorSet.EMPTY : ValidatorSet.EMPTY.#changed(validators, false).rotated(1);
  }

  /** Exactly these members in set order, and the proposer if it is known. Their validity is the caller's. */
  static fromMembers(validators: readonly Validator[], proposer?: Validator): ValidatorSet {
    const priorities = BigInt64Array.from(validators, (validator) => validator.proposerPriority);
    return new ValidatorSet(new Membership(validators), priorities, proposer);
  }

  /**
   * The set of a message, which must be valid by itself: throws ErrInvalidKey, ErrInvalidValidatorSet.
   * The sent total power is ignored; the order is not checked (the hash decides).
   */
  static fromMessage(message: ValidatorSetMessage): ValidatorSet {
    const validators = message.validators.map(validatorFromMessage);
    const proposer = within("fromProto: validatorSet proposer error: ", () => validatorFromMessage(message.proposer));
    const set = ValidatorSet.fromMembers(validators, proposer);
    set.validate();
    return set;
  }

  /** The stored and hashed form (total power 0); an empty set gives an empty message. */
  toMessage(): ValidatorSetMessage {
    this.#message ??= this.#newMessage();
    return this.#message;
  }

  #newMessage(): ValidatorSetMessage {
    if (this.size === 0) return ValidatorSetMessage.create();
    const proposer = this.proposer();
    return {
      validators: Array.from(this, validatorToMessage),
      proposer: proposer && validatorToMessage(proposer),
      totalVotingPower: 0n,
    };
  }

  /** The rules a set satisfies by itself; throws ErrInvalidValidatorSet. */
  validate(): void {
    if (this.size === 0) throw refusal(ErrInvalidValidatorSet, "validator set is nil or empty");
    this.#membership.validate();
    const proposer = this.#proposer;
    if (proposer === undefined)
      throw refusal(ErrInvalidValidatorSet, "proposer failed validate basic, error: nil validator");
    within("proposer failed validate basic, error: ", () => validateValidator(proposer));
    if (!this.has(proposer.address)) throw refusal(ErrInvalidValidatorSet, "proposer not in validator set");
  }

  get size(): number {
    return this.#priorities.length;
  }

  get totalVotingPower(): bigint {
    return this.#membership.totalPower;
  }

  /** The header's validators_hash: keys and powers in set order. */
  get hash(): HexHash {
    return this.#membership.hash;
  }

  /** None for an empty set; see `proposerPriorityHash`. */
  get priorityHash(): HexHash {
    return this.size === 0 ? NO_HASH : hexHash(proposerPriorityHash(this.#priorities));
  }

  /** RangeError outside the set. */
  at(index: number): Validator {
    const member = this.member(index);
    return { ...member, proposerPriority: this.#priorities[index] as bigint };
  }

  /** Like `at` without the priority; allocates nothing. */
  member(index: number): ValidatorChange {
    const member = this.#membership.validators[index];
    if (member === undefined) throw new RangeError("no such validator");
    return member;
  }

  /** -1 if the address is not in the set. */
  indexOf(address: ConsensusAddress): number {
    return this.#membership.indexOf(address);
  }

  has(address: ConsensusAddress): boolean {
    return this.indexOf(address) >= 0;
  }

  *[Symbol.iterator](): IterableIterator<Validator> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }

  /** Who proposes; undefined for an empty set only. */
  proposer(): Validator | undefined {
    if (this.size === 0) return undefined;
    return this.#proposer ?? this.at(highestPriority(this.#membership.validators, this.#priorities));
  }

  /**
   * The set after `times` turns in one call: scaling and centering are done once, in front, so
   * this is not the same as `times` calls with 1. RangeError for an empty set or times below 1.
   */
  rotated(times: number): ValidatorSet {
    if (this.size === 0) throw new RangeError("empty validator set");
    if (!Number.isSafeInteger(times) || times < 1) throw new RangeError("times must be positive");
    const { validators, totalPower } = this.#membership;
    const priorities = this.#priorities.slice();
    normalizePriorities(priorities, totalPower);
    let proposer = 0;
    for (let i = 0; i < times; i++) proposer = rotateOnce(validators, priorities, totalPower);
    const chosen = validators[proposer] as ValidatorChange;
    const proposerPriority = priorities[proposer] as bigint;
    return new ValidatorSet(this.#membership, priorities, { ...chosen, proposerPriority });
  }

  /**
   * The set after a change set; the proposer stays as it was until the next rotation. Throws
   * ErrInvalidChangeSet, and then nothing has changed.
   */
  changed(changes: readonly ValidatorChange[]): ValidatorSet {
    return this.#changed(changes, true);
  }

  #changed(changes: readonly ValidatorChange[], allowRemovals: boolean): ValidatorSet {
    if (changes.length === 0) return this;
    const members = changedMembers(Array.from(this), this.totalVotingPower, changes, allowRemovals);
    const membership = new Membership(members);
    const priorities = BigInt64Array.from(members, (member) => member.proposerPriority);
    normalizePriorities(priorities, membership.totalPower);
    return new ValidatorSet(membership, priorities, this.#proposer);
  }

  /** True if the members are in the order that every set of a chain has. */
  isOrdered(): boolean {
    const { validators } = this.#membership;
    return validators.every((v, i) => i === 0 || compareByPower(validators[i - 1] as ValidatorChange, v) < 0);
  }
}
