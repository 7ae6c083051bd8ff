import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ErrInvalidEvidence,
  encodeEvidenceList,
  evidenceFromMessage,
  evidenceToMessage,
  headerHash,
  type DuplicateVoteEvidence,
  type Evidence,
  type LightClientAttackEvidence,
} from "@wadi/comet-types";
import { isError, must, utf8 } from "@wadi/util";
import fc from "fast-check";
import { EVIDENCE_PARAMS, FixtureChain, MemoryEvidenceStorage } from "../testing/evidence-chain.ts";
import { commitFor, nativeVerifier, signersWith } from "../testing/signers.ts";
import { committedKey, evidenceId, pendingKey } from "./keys.ts";
import { DEFAULT_EVIDENCE_LIMITS, EvidencePool, type EvidenceLimits } from "./pool.ts";

const signers = signersWith([40n, 30n, 20n, 10n]);
const verifier = nativeVerifier();

interface Fixture {
  readonly chain: FixtureChain;
  readonly storage: MemoryEvidenceStorage;
  readonly pool: EvidencePool;
}

function fixture(height = 20, limits: Partial<EvidenceLimits> = {}): Fixture {
  const chain = new FixtureChain(signers, height);
  const storage = new MemoryEvidenceStorage();
  const pool = new EvidencePool({ storage, chain, verifier }, chain.state(), { ...DEFAULT_EVIDENCE_LIMITS, ...limits });
  return { chain, storage, pool };
}

const refused = (run: () => unknown, text: RegExp): void =>
  assert.throws(run, (e) => {
    assert.ok(isError(e, ErrInvalidEvidence), String(e));
    assert.match((e as Error).message, text);
    return true;
  });

/** The last block the attack forked from, a forged block above it or in its place, and everybody's signature. */
function attack(chain: FixtureChain, commonHeight: number, height: number, round = 0): LightClientAttackEvidence {
  const ours = chain.signedHeader(height).header;
  const isLunatic = commonHeight !== height;
  const header = { ...ours, ...(isLunatic ? { appHash: ours.dataHash } : { dataHash: ours.appHash }) };
  const blockId = { hash: headerHash(header), partSetHeader: { total: 1, hash: headerHash(ours) } };
  return {
    kind: "light-client-attack",
    conflictingBlock: {
      signedHeader: { header, commit: commitFor(signers, height, blockId, round) },
      validatorSet: signers.set,
    },
    commonHeight,
    byzantineValidators: Array.from(signers.set),
    totalVotingPower: signers.set.totalVotingPower,
    timestamp: chain.timeAt(commonHeight),
  };
}

/** As it arrives from a peer. */
const decoded = (evidence: Evidence): Evidence => evidenceFromMessage(evidenceToMessage(evidence));

test("valid evidence becomes pending once, is offered, and is committed once", () => {
  const { chain, pool } = fixture();
  const evidence = chain.duplicate(0, 15);
  assert.equal(pool.add(evidence), "added");
  assert.equal(pool.add(decoded(evidence)), "pending");
  assert.ok(pool.isPending(evidence) && !pool.isCommitted(evidence));
  const sizeBytes = encodeEvidenceList([evidence]).length;
  assert.deepEqual(pool.offer(1000), { evidence: [evidence], sizeBytes });
  pool.checkBlockEvidence([evidence]);
  pool.update(chain.state(21), [evidence]);
  assert.ok(!pool.isPending(evidence) && pool.isCommitted(evidence));
  assert.deepEqual(pool.offer(1000), { evidence: [], sizeBytes: 0 });
  assert.equal(pool.add(evidence), "committed", "a peer that is behind is not punished");
  refused(() => pool.checkBlockEvidence([evidence]), /^evidence was already committed$/);
});

test("a block may carry evidence that nobody sent, but no piece twice", () => {
  const { chain, pool } = fixture();
  const [one, two] = [chain.duplicate(0, 15), chain.duplicate(1, 15)];
  pool.checkBlockEvidence([one, two]);
  assert.equal(pool.size, 2, "what is new is pending at once");
  refused(() => pool.checkBlockEvidence([one, two, one]), /^duplicate evidence$/);
  const forged = { ...chain.duplicate(2, 15), validatorPower: 21n };
  refused(() => pool.checkBlockEvidence([forged]), /validator power from evidence/);
  pool.update(chain.state(21), [one]);
  assert.equal(pool.isPending(two), true);
});

test("evidence that proves nothing is refused", () => {
  const { chain, pool, storage } = fixture();
  const good = chain.duplicate(0, 15);
  const stranger = new FixtureChain(signersWith([40n, 30n, 20n, 10n], 50), 20).duplicate(0, 15);
  const cases: readonly [string, DuplicateVoteEvidence, RegExp][] = [
    ["a voter from elsewhere", stranger, /was not a validator at height 15/],
    ["validator power", { ...good, validatorPower: 41n }, /validator power from evidence/],
    ["total power", { ...good, totalVotingPower: 99n }, /total voting power from the evidence/],
    ["time", { ...good, timestamp: good.timestamp + 1n }, /has a different time to the block/],
    ["the same vote", { ...good, voteB: good.voteA }, /block IDs are the same/],
    ["another round", { ...good, voteB: chain.duplicate(0, 15, 1).voteB }, /h\/r\/s does not match/],
    ["another voter", { ...good, voteB: chain.duplicate(1, 15).voteB }, /validator addresses do not match/],
    ["a signature", { ...good, voteB: { ...good.voteB, signature: good.voteA.signature } }, /verifying VoteB/],
    ["a future height", chain.duplicate(0, 21), /^don't have header #21$/],
  ];
  for (const [name, evidence, text] of cases) {
    refused(() => pool.add(evidence), text);
    refused(() => pool.checkBlockEvidence([evidence]), text);
    assert.equal(pool.size + storage.size, 0, name);
  }
});

test("evidence is too old only when both limits are passed", () => {
  const { maxAgeNumBlocks: blocks, maxAgeDuration: duration } = EVIDENCE_PARAMS;
  const height = 5;
  for (const [extraBlocks, extraTime, old] of [
    [0, 0n, false],
    [1, 0n, false],
    [0, 1n, false],
    [1, 1n, true],
    [1000, 0n, false],
    [0, 1_000_000_000_000n, false],
    [-1, -1n, false],
  ] as const) {
    const chain = new FixtureChain(signers, height + blocks + extraBlocks);
    const state = chain.state(chain.height, chain.timeAt(height) + duration + extraTime);
    const pool = new EvidencePool({ storage: new MemoryEvidenceStorage(), chain, verifier }, state);
    const evidence = chain.duplicate(0, height);
    const name = `${extraBlocks} blocks and ${extraTime} ns past the limits`;
    if (old) {
      refused(() => pool.add(evidence), /is too old; min height is 6/);
      refused(() => pool.checkBlockEvidence([evidence]), /is too old/);
    } else assert.equal(pool.add(evidence), "added", name);
  }
});

test("pending evidence is dropped as late as in the reference, but not offered when too old", () => {
  const { chain, pool } = fixture(10);
  const evidence = chain.duplicate(0, 5);
  pool.add(evidence);
  // The first check finds nothing to expire and puts the next one off to height 16 and a second.
  pool.update(chain.state(11), []);
  assert.equal(pool.size, 1);
  pool.update(chain.state(15), []);
  assert.equal(pool.offer(1000).evidence.length, 1, "height 15 and 50 s are at the limits");
  pool.update(chain.state(16), []);
  assert.equal(pool.offer(1000).evidence.length, 0, "expired");
  assert.ok(pool.isPending(evidence), "but still pending");
  pool.checkBlockEvidence([evidence]);
  pool.update(chain.state(17), []);
  assert.equal(pool.size, 0);
  refused(() => pool.checkBlockEvidence([evidence]), /is too old/);
});

test("the second by which dropping is put off counts too", () => {
  const { chain, pool } = fixture(10);
  const evidence = chain.duplicate(0, 5);
  pool.add(evidence);
  pool.update(chain.state(11), []);
  const limit = chain.timeAt(5) + EVIDENCE_PARAMS.maxAgeDuration + 1_000_000_000n;
  pool.update(chain.state(30, limit), []);
  assert.ok(pool.isPending(evidence));
  pool.update(chain.state(31, limit + 1n), []);
  assert.ok(!pool.isPending(evidence));
});

test("conflicting votes become evidence when the block of their height is there", () => {
  const { chain, pool } = fixture(14);
  const [a, b] = chain.conflict(1, 15);
  pool.reportConflictingVotes(b, a);
  assert.equal(pool.size, 0);
  const made = pool.update(chain.state(15), []);
  assert.deepEqual(made, [chain.duplicate(1, 15)]);
  assert.deepEqual(pool.offer(1000).evidence, made);
  pool.checkBlockEvidence(made);
  assert.equal(pool.add(must(made[0])), "pending");
  assert.deepEqual(pool.update(chain.state(16), []), [], "the votes are used up");
});

test("conflicting votes of the height before are taken, those of other heights and voters are not", () => {
  const { chain, pool } = fixture(14);
  const stranger = new FixtureChain(signersWith([1n], 50), 20);
  for (const [a, b] of [chain.conflict(1, 14), chain.conflict(1, 17), stranger.conflict(0, 14)]) {
    pool.reportConflictingVotes(a, b);
  }
  assert.deepEqual(pool.update(chain.state(15), []), [chain.duplicate(1, 14)]);
  assert.deepEqual(pool.update(chain.state(16), []), []);
});

test("evidence of the very block that is applied is not made again", () => {
  const { chain, pool } = fixture(15);
  const evidence = chain.duplicate(1, 15);
  pool.add(evidence);
  pool.update(chain.state(16), [evidence]);
  pool.reportConflictingVotes(evidence.voteA, evidence.voteB);
  assert.deepEqual(pool.update(chain.state(17), []), []);
});

test("a flood of conflicting votes convicts once for each step and stays bounded", () => {
  const { chain, pool } = fixture(14);
  for (let i = 0; i < 40; i++) {
    const [a, b] = chain.conflict(0, 15, i % 20, `block ${i}`);
    pool.reportConflictingVotes(a, b);
  }
  const [a, b] = chain.conflict(3, 15);
  pool.reportConflictingVotes(a, b);
  const made = pool.update(chain.state(15), []);
  assert.equal(made.length, 9, "eight of the flooder, and the other one's is not lost");
  assert.deepEqual(made.at(-1), chain.duplicate(3, 15));
});

test("a flood of evidence is bounded by validator, in number and in bytes", () => {
  const { chain, pool, storage } = fixture(20, { maxPerValidator: 3 });
  const flood = Array.from({ length: 6 }, (_, round) => chain.duplicate(0, 15, round));
  assert.deepEqual(
    flood.map((evidence) => pool.add(evidence)),
    ["added", "added", "added", "full", "full", "full"],
  );
  assert.equal(pool.add(chain.duplicate(1, 15)), "added", "others are convicted all the same");
  assert.equal(storage.size, 4);
  pool.checkBlockEvidence(flood);
  assert.equal(pool.size, 4, "a block may hold more than we keep");
  refused(() => pool.checkBlockEvidence([{ ...must(flood[5]), validatorPower: 1n }]), /validator power/);
  pool.update(chain.state(21), flood.slice(0, 3));
  assert.equal(pool.add(must(flood[3])), "added", "there is room again");

  const few = fixture(20, { maxPending: 2 });
  assert.equal(few.pool.add(chain.duplicate(0, 15)), "added");
  assert.equal(few.pool.add(chain.duplicate(1, 15)), "added");
  assert.equal(few.pool.add(chain.duplicate(2, 15)), "full");

  const small = fixture(20, { maxPendingBytes: 100 });
  assert.equal(small.pool.add(chain.duplicate(0, 15)), "added");
  assert.equal(small.pool.add(chain.duplicate(1, 15)), "full");
});

test("a block takes the oldest evidence first and stops at the first that does not fit", () => {
  const { chain, pool } = fixture();
  const all = [chain.duplicate(0, 17), chain.duplicate(1, 12), chain.duplicate(2, 15), chain.duplicate(3, 15)];
  for (const evidence of all) pool.add(evidence);
  const ordered = all.toSorted((a, b) => (evidenceId(a) < evidenceId(b) ? -1 : 1));
  assert.equal(ordered[0], all[1]);
  for (let count = 0; count <= all.length; count++) {
    const list = ordered.slice(0, count);
    const sizeBytes = encodeEvidenceList(list).length;
    assert.deepEqual(pool.offer(sizeBytes), { evidence: list, sizeBytes });
    if (count < all.length) assert.deepEqual(pool.offer(sizeBytes + 100).evidence, list);
  }
});

test("after a restart pending and committed evidence is known", () => {
  const { chain, storage, pool } = fixture();
  const [first, second, old] = [chain.duplicate(0, 15), chain.duplicate(1, 16), chain.duplicate(2, 11)];
  for (const evidence of [first, second, old]) pool.add(evidence);
  const again = new EvidencePool({ storage, chain, verifier }, chain.state());
  assert.deepEqual(again.offer(10_000), pool.offer(10_000));
  again.update(chain.state(21), [first]);
  const later = new EvidencePool({ storage, chain, verifier }, chain.state(22));
  assert.ok(later.isCommitted(first) && !later.isPending(first));
  assert.ok(later.isPending(second));
  assert.ok(!later.isPending(old), "expired meanwhile");
  storage.put(pendingKey("0000000000000001/AA"), utf8("no evidence"));
  assert.throws(() => new EvidencePool({ storage, chain, verifier }, chain.state(22)), { module: "codec/protobuf" });
});

test("evidence that is both committed and pending is not offered", () => {
  const { chain, storage, pool } = fixture();
  const evidence = chain.duplicate(0, 15);
  pool.add(evidence);
  // The process died between the two writes of a commit.
  storage.put(committedKey(evidenceId(evidence)), utf8(""));
  const again = new EvidencePool({ storage, chain, verifier }, chain.state());
  assert.deepEqual(again.offer(10_000).evidence, []);
  again.update(chain.state(21), [evidence]);
  assert.ok(!again.isPending(evidence));
});

test("a pool that stayed behind is brought up to date by the blocks that come again", () => {
  const { chain, storage, pool } = fixture();
  const evidence = chain.duplicate(0, 15);
  pool.add(evidence);
  const before = chain.state(20);
  pool.update(chain.state(21), [evidence]);
  const again = new EvidencePool({ storage, chain, verifier }, before);
  again.update(chain.state(21), [evidence]);
  assert.equal(again.size, 0);
  assert.throws(() => again.update(chain.state(21), []), /once for each height/);
});

test("light client attacks: a forged state above a common block, two blocks at one height", () => {
  const { chain, pool } = fixture();
  const lunatic = attack(chain, 12, 14);
  assert.equal(pool.add(decoded(lunatic)), "added");
  const equivocation = attack(chain, 15, 15);
  assert.equal(pool.add(decoded(equivocation)), "added");
  pool.checkBlockEvidence([decoded(lunatic), decoded(equivocation)]);
  refused(
    () => pool.checkBlockEvidence([{ ...lunatic, byzantineValidators: lunatic.byzantineValidators?.slice(1) }]),
    /expected 4 byzantine validators from evidence but got 3/,
  );
  const { timestamp } = lunatic;
  refused(() => pool.add({ ...attack(chain, 13, 14), timestamp }), /has a different time/);
  pool.update(chain.state(21), [lunatic]);
  assert.ok(pool.isCommitted(lunatic) && pool.isPending(equivocation));
});

test("an attack in another round convicts nobody: refused as decoded, taken as built in memory", () => {
  const { chain, pool } = fixture();
  const amnesia = { ...attack(chain, 15, 15, 1), byzantineValidators: undefined };
  const text = /expected nil validators from an amnesia light client attack but got 0/;
  refused(() => pool.add(decoded(amnesia)), text);
  refused(() => pool.checkBlockEvidence([decoded(amnesia)]), text);
  assert.equal(pool.add(amnesia), "added");
  // What the pool stored is decoded by every other node, and by this one after a restart.
  refused(() => pool.checkBlockEvidence(pool.offer(100_000).evidence.map(decoded)), text);
});

test("an attack needs the commits around it, which the latest block does not have yet", () => {
  const { chain, pool } = fixture();
  refused(() => pool.add(attack(chain, 20, 20)), /don't have commit at height #20/);
  refused(() => pool.add(attack(chain, 15, 25)), /don't have commit at height #20/);
  pool.update(chain.state(21), []);
  assert.equal(pool.add(attack(chain, 20, 20)), "added");
});

const step = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), validator: fc.nat(3), back: fc.nat(14), round: fc.nat(3) }),
  fc.record({ kind: fc.constant("vote" as const), validator: fc.nat(3), round: fc.nat(3) }),
  fc.record({ kind: fc.constant("block" as const), bytes: fc.nat(2000) }),
  fc.record({ kind: fc.constant("restart" as const) }),
);

test("property: no evidence is committed twice or offered too old, and storage holds what the pool says", () => {
  const made = new Map<string, DuplicateVoteEvidence>();
  const base = new FixtureChain(signers, 20);
  const duplicate = (validator: number, height: number, round: number): DuplicateVoteEvidence => {
    const key = `${validator}/${height}/${round}`;
    const known = made.get(key) ?? base.duplicate(validator, height, round);
    made.set(key, known);
    return known;
  };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const chain = new FixtureChain(signers, 20);
      const storage = new MemoryEvidenceStorage();
      let state = chain.state();
      let pool = new EvidencePool({ storage, chain, verifier }, state);
      const committed = new Set<string>();
      for (const item of steps) {
        if (item.kind === "add") {
          const evidence = duplicate(item.validator, chain.height - item.back, item.round);
          const isOld =
            item.back > EVIDENCE_PARAMS.maxAgeNumBlocks &&
            state.lastBlockTime - evidence.timestamp > EVIDENCE_PARAMS.maxAgeDuration;
          const isKnown = pool.isPending(evidence) || committed.has(evidenceId(evidence));
          if (isOld && !isKnown) refused(() => pool.add(evidence), /is too old/);
          else if (evidence.timestamp === chain.timeAt(evidence.voteA.height)) pool.add(evidence);
        } else if (item.kind === "vote") {
          const { voteA, voteB } = duplicate(item.validator, chain.height + 1, item.round);
          pool.reportConflictingVotes(voteA, voteB);
        } else if (item.kind === "block") {
          const { evidence, sizeBytes } = pool.offer(item.bytes);
          assert.ok(sizeBytes <= item.bytes);
          pool.checkBlockEvidence(evidence);
          for (const piece of evidence) {
            assert.ok(!committed.has(evidenceId(piece)), "committed twice");
            committed.add(evidenceId(piece));
          }
          state = chain.state(chain.height + 1);
          pool.update(state, evidence);
        } else pool = new EvidencePool({ storage, chain, verifier }, state);
        assert.equal(storage.size, pool.size + committed.size);
        for (const id of committed) assert.ok(storage.has(committedKey(id)));
        for (const { id } of pool.pending()) assert.ok(storage.has(pendingKey(id)));
      }
    }),
    { numRuns: 60 },
  );
});
