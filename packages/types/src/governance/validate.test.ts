import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { isError } from "@wadi/util";

import { protocolVersions } from "../version/version.ts";
import { ErrInvalidArgument } from "./errors.ts";
import { CancelUpgradeProposal, ChangeParametersProposal, ProposalContent, UpgradeProposal } from "./proposals.ts";
import { validateProposalContent } from "./validate.ts";

const without = { allowProposalMetadata: false };
const withMetadata = { allowProposalMetadata: true };
const cancel = create(CancelUpgradeProposal, { proposalId: 1n });
const upgrade = create(UpgradeProposal, { v: 1, handler: "abc", target: protocolVersions, epoch: 1n });
const content = (members: Partial<ProposalContent>): ProposalContent => create(ProposalContent, members);
const isInvalidArgument = (e: unknown): boolean => isError(e, ErrInvalidArgument);

test("exactly one kind of proposal", () => {
  validateProposalContent(content({ cancelUpgrade: cancel }), without);
  for (const members of [{}, { cancelUpgrade: cancel, upgrade }]) {
    assert.throws(() => validateProposalContent(content(members), without), { name: "ValidationError" });
  }
});

test("metadata is mandatory where allowed and refused elsewhere", () => {
  const titled = (title: string): ProposalContent =>
    content({ cancelUpgrade: cancel, metadata: { title, description: "" } });
  validateProposalContent(titled("abc"), withMetadata);
  validateProposalContent(titled("x".repeat(100)), withMetadata);
  assert.throws(() => validateProposalContent(titled("abc"), without), isInvalidArgument);
  assert.throws(() => validateProposalContent(content({ cancelUpgrade: cancel }), withMetadata), isInvalidArgument);
  for (const title of ["ab", "x".repeat(101), "é".repeat(51)]) {
    assert.throws(() => validateProposalContent(titled(title), withMetadata), isInvalidArgument, title);
  }
  validateProposalContent(titled("é".repeat(2)), withMetadata); // four bytes
});

test("upgrade descriptors at the edges of their ranges", () => {
  const check = (members: Partial<UpgradeProposal>): void =>
    validateProposalContent(content({ upgrade: { ...upgrade, ...members } }), without);
  check({});
  check({ handler: "x".repeat(32), epoch: (1n << 64n) - 2n });
  const bad: readonly Partial<UpgradeProposal>[] = [
    { v: 0 },
    { v: 2 },
    { handler: "ab" },
    { handler: "x".repeat(33) },
    { epoch: 0n },
    { epoch: (1n << 64n) - 1n },
    { target: { ...protocolVersions, consensusProtocol: { major: 0, minor: 0, patch: 0 } } },
  ];
  for (const members of bad) assert.throws(() => check(members), { name: "ValidationError" });
});

test("parameter changes need a module and changes", () => {
  const change = (members: Partial<ChangeParametersProposal>): ProposalContent =>
    content({ changeParameters: create(ChangeParametersProposal, members) });
  const changes = Uint8Array.of(0xa0);
  validateProposalContent(change({ module: "staking", changes }), without);
  for (const members of [{ changes }, { module: "staking" }]) {
    assert.throws(() => validateProposalContent(change(members), without), { name: "ValidationError" });
  }
});
