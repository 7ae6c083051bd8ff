import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { publicKeyFromHex } from "@wadi/crypto";
import { isError, must, type ErrorKind } from "@wadi/util";
import type { ConsensusAddress } from "./brands.ts";
import { ErrInvalidChangeSet, ErrInvalidKey, ErrInvalidValidatorSet } from "./errors.ts";
import { MAX_TOTAL_VOTING_POWER } from "./validator-changes.ts";
import { ValidatorSet } from "./validator-set.ts";
import { validatorChange, type ValidatorChange } from "./validator.ts";
import { ValidatorSetMessage } from "./wire/validators.ts";

const change = (seed: number, power: bigint): ValidatorChange =>
  validatorChange(publicKeyFromHex(seed.toString(16).padStart(64, "0")), power);

const refused = (check: () => unknown, kind: ErrorKind, text: RegExp): void =>
  assert.throws(check, (e) => isError(e, kind) && text.test((e as Error).message), String(text));

// A plain model: numbers without bounds, lists of objects, the rules as the facts word them.
interface Member {
  readonly address: string;
  power: bigint;
  priority: bigint;
}

const total = (set: readonly Member[]): bigint => set.reduce((sum, { power }) => sum + power, 0n);

function scale(set: readonly Member[]): void {
  const priorities = set.map(({ priority }) => priority);
  const max = priorities.reduce((a, b) => (a > b ? a : b));
  const min = priorities.reduce((a, b) => (a < b ? a : b));
  const window = 2n * total(set);
  if (max - min > window) {
    const ratio = (max - min + window - 1n) / window;
    for (const member of set) member.priority /= ratio;
  }
  const sum = set.reduce((acc, { priority }) => acc + priority, 0n);
  const n = BigInt(set.length);
  const average = (sum - (((sum % n) + n) % n)) / n;
  for (const member of set) member.priority -= average;
}

function turn(set: readonly Member[], times: number): string {
  scale(set);
  let proposer = must(set[0]);
  for (let i = 0; i < times; i++) {
    for (const member of set) member.priority += member.power;
    const ranked = set.toSorted((a, b) => {
      if (a.priority !== b.priority) return a.priority > b.priority ? -1 : 1;
      return a.address < b.address ? -1 : 1;
    });
    proposer = must(ranked[0]);
    proposer.priority -= total(set);
  }
  return proposer.address;
}

function applyChanges(set: readonly Member[], changes: readonly ValidatorChange[]): Member[] {
  const find = (address: string): Member | undefined => set.find((member) => member.address === address);
  const updated = changes.filter(({ votingPower }) => votingPower > 0n);
  const kept = set.filter((member) => !updated.some(({ address }) => address === member.address));
  const t = total(kept) + updated.reduce((sum, { votingPower }) => sum + votingPower, 0n);
  const joined = updated.map(({ address, votingPower }) => ({
    address,
    power: votingPower,
    priority: find(address)?.priority ?? -(t + (t >> 3n)),
  }));
  const leaving = changes.filter(({ votingPower }) => votingPower === 0n).map(({ address }) => String(address));
  const result = [...kept, ...joined].filter(({ address }) => !leaving.includes(address));
  scale(result);
  return result.sort((a, b) => (a.power === b.power ? (a.address < b.address ? -1 : 1) : a.power > b.power ? -1 : 1));
}

const power = fc.oneof(
  fc.bigInt({ min: 1n, max: 50n }),
  fc.bigInt({ min: 1n, max: 1n << 40n }),
  fc.bigInt({ min: 1n, max: MAX_TOTAL_VOTING_POWER / 40n }),
);
const seeds = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 });
const validators = seeds.chain((list) => fc.tuple(...list.map((seed) => power.map((p) => change(seed, p)))));
const step = fc.record({
  times: fc.integer({ min: 1, max: 5 }),
  changes: fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.option(power, { nil: 0n })), { maxLength: 4 }),
});

describe("validator sets", () => {
  it("rotates and changes as the plain model does", () => {
    fc.assert(
      fc.property(validators, fc.array(step, { maxLength: 25 }), (initial, steps) => {
        let set = ValidatorSet.create(initial);
        let model = applyChanges([], initial);
        let proposer = turn(model, 1);
        for (const { times, changes } of steps) {
          const unique = new Map(changes.map(([seed, p]) => [seed, change(seed, p)]));
          const wanted = [...unique.values()].filter((c) => c.votingPower > 0n || set.has(c.address));
          const empties = wanted.length > 0 && wanted.every((c) => c.votingPower === 0n) && wanted.length === set.size;
          if (!empties) {
            set = set.changed(wanted);
            if (wanted.length > 0) model = applyChanges(model, wanted);
          }
          set = set.rotated(times);
          proposer = turn(model, times);
          const got = Array.from(set, (v) => ({
            address: v.address,
            power: v.votingPower,
            priority: v.proposerPriority,
          }));
          assert.deepEqual(got, model);
          assert.equal(set.proposer()?.address, proposer);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("keeps priorities centered and within twice the total", () => {
    fc.assert(
      fc.property(validators, fc.array(step, { minLength: 1, maxLength: 10 }), (initial, steps) => {
        let set = ValidatorSet.create(initial);
        for (const { changes } of steps) {
          const unique = new Map(changes.filter(([, p]) => p > 0n).map(([seed, p]) => [seed, change(seed, p)]));
          if (unique.size === 0) continue;
          set = set.changed([...unique.values()]);
          const priorities = Array.from(set, (v) => v.proposerPriority);
          const sum = priorities.reduce((a, b) => a + b, 0n);
          assert.ok(sum >= 0n && sum < BigInt(set.size), `sum ${sum}`);
          const max = priorities.reduce((a, b) => (a > b ? a : b));
          const min = priorities.reduce((a, b) => (a < b ? a : b));
          assert.ok(max - min <= 2n * set.totalVotingPower);
          assert.ok(set.isOrdered());
        }
      }),
    );
  });

  it("lets each propose in proportion to its power", () => {
    const set0 = ValidatorSet.create([change(1, 1n), change(2, 3n), change(3, 6n)]);
    const counts = new Map<ConsensusAddress, number>();
    let set = set0;
    for (let i = 0; i < 1000; i++) {
      const { address } = must(set.proposer());
      counts.set(address, (counts.get(address) ?? 0) + 1);
      set = set.rotated(1);
    }
    for (const { address, votingPower } of set0) {
      assert.ok(Math.abs((counts.get(address) ?? 0) - Number(votingPower) * 100) <= 1, `${votingPower}`);
    }
  });

  it("does not change when others are made from it", () => {
    const set = ValidatorSet.create([change(1, 5n), change(2, 7n)]);
    const before = [...set];
    set.rotated(3);
    set.changed([change(3, 1n)]);
    assert.deepEqual([...set], before);
  });

  it("scales once in front of a call of several turns", () => {
    // Spread 2T at first; the first turn makes it 2.48T, which only a second call scales down.
    const members = [change(1, 50n), change(2, 49n), change(3, 1n)];
    const priorities = [100n, 100n, -100n];
    const set = ValidatorSet.fromMembers(members.map((v, i) => ({ ...v, proposerPriority: must(priorities[i]) })));
    const list = (of: ValidatorSet): readonly bigint[] => Array.from(of, (v) => v.proposerPriority);
    assert.deepEqual(list(set.rotated(1)), [17n, 116n, -132n]);
    assert.deepEqual(list(set.rotated(2)), [67n, 65n, -131n]);
    assert.deepEqual(list(set.rotated(1).rotated(1)), [58n, 7n, -65n]);
  });

  it("refuses change sets as a whole", () => {
    const set = ValidatorSet.create([change(1, 10n), change(2, 20n)]);
    const change1 = (list: readonly ValidatorChange[]) => (): unknown => set.changed(list);
    refused(change1([change(3, 1n), change(3, 2n)]), ErrInvalidChangeSet, /duplicate entry/);
    refused(change1([change(3, 1n), change(4, -1n)]), ErrInvalidChangeSet, /can't be negative: -1/);
    refused(change1([change(3, MAX_TOTAL_VOTING_POWER + 1n)]), ErrInvalidChangeSet, /can't be higher than/);
    refused(change1([change(3, MAX_TOTAL_VOTING_POWER)]), ErrInvalidChangeSet, /resulting valset exceeds max/);
    refused(change1([change(1, 0n), change(2, 0n)]), ErrInvalidChangeSet, /empty set/);
    refused(change1([change(3, 0n)]), ErrInvalidChangeSet, /failed to find validator/);
    refused(() => ValidatorSet.create([change(1, 0n)]), ErrInvalidChangeSet, /voting power 0/);
    assert.equal(set.changed([change(1, 0n), change(2, 0n), change(3, 1n)]).size, 1, "all may leave if one joins");
    const full = MAX_TOTAL_VOTING_POWER - 20n;
    assert.equal(set.changed([change(1, full)]).totalVotingPower, MAX_TOTAL_VOTING_POWER);
  });

  it("refuses messages that are no valid set", () => {
    const good = ValidatorSet.create([change(1, 10n), change(2, 20n)]).toMessage();
    const load = (message: ValidatorSetMessage) => (): unknown => ValidatorSet.fromMessage(message);
    const [first, second] = good.validators;
    const broken = (init: object): ValidatorSetMessage => ({
      ...good,
      validators: [{ ...must(first), ...init }, must(second)],
    });
    refused(load({ ...good, proposer: undefined }), ErrInvalidValidatorSet, /nil validator/);
    refused(load(ValidatorSetMessage.create()), ErrInvalidValidatorSet, /nil validator/);
    refused(load({ ...good, validators: [] }), ErrInvalidValidatorSet, /nil or empty/);
    refused(load(broken({ votingPower: -1n })), ErrInvalidValidatorSet, /negative voting power/);
    refused(load(broken({ votingPower: MAX_TOTAL_VOTING_POWER })), ErrInvalidValidatorSet, /exceeds maximum/);
    refused(load(broken({ address: "00".repeat(20) })), ErrInvalidValidatorSet, /incorrectly derived/);
    refused(load(broken({ pubKey: { sum: undefined } })), ErrInvalidKey, /not supported/);
    const secp = { sum: { case: "secp256k1", value: new Uint8Array(33) } };
    refused(load(broken({ pubKey: secp })), ErrInvalidKey, /secp256k1 is not supported/);
    const short = { sum: { case: "ed25519", value: "aa" } };
    refused(load(broken({ pubKey: short })), ErrInvalidKey, /Got 1, expected 32/);
    const stranger = ValidatorSet.create([change(9, 1n)]).toMessage().proposer;
    refused(load({ ...good, proposer: stranger }), ErrInvalidValidatorSet, /proposer not in/);
    assert.deepEqual(
      [...ValidatorSet.fromMessage({ ...good, totalVotingPower: 5n })],
      [...ValidatorSet.fromMessage(good)],
    );
  });

  it("has an empty form", () => {
    assert.equal(ValidatorSet.EMPTY.priorityHash, "");
    assert.equal(ValidatorSet.EMPTY.proposer(), undefined);
    assert.deepEqual(ValidatorSet.EMPTY.toMessage(), ValidatorSetMessage.create());
    assert.throws(() => ValidatorSet.EMPTY.rotated(1), RangeError);
    assert.throws(() => ValidatorSet.create([change(1, 1n)]).rotated(0), RangeError);
  });
});
