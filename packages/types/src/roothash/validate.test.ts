import assert from "node:assert/strict";
import { test } from "node:test";
import { create, encodeCbor, list } from "@wadi/codec";
import { EMPTY_HASH, hashOf } from "@wadi/crypto";

import { ProposalContent, ProposalVote } from "../governance/proposals.ts";
import { Runtime } from "../registry/runtime.ts";
import { Transfer, Withdraw } from "../staking/bodies.ts";
import { messagesHash } from "./hashes.ts";
import { GovernanceMessage, Message, RegistryMessage, StakingMessage } from "./message.ts";
import { validateMessage } from "./validate.ts";

const transfer = Transfer.zero();
const staking = (members: Partial<StakingMessage>): Message =>
  create(Message, { staking: create(StakingMessage, members) });
const governance = (members: Partial<GovernanceMessage>): Message =>
  create(Message, { governance: create(GovernanceMessage, members) });

test("messages with exactly one action", () => {
  validateMessage(staking({ transfer }));
  validateMessage(create(Message, { registry: create(RegistryMessage, { updateRuntime: Runtime.zero() }) }));
  validateMessage(governance({ castVote: ProposalVote.zero() }));
  validateMessage(governance({ submitProposal: ProposalContent.zero() }));
});

test("messages without or with several actions are refused", () => {
  const bad = [
    create(Message, {}),
    staking({}),
    staking({ transfer, withdraw: Withdraw.zero() }),
    create(Message, { registry: RegistryMessage.zero() }),
    governance({}),
    governance({ castVote: ProposalVote.zero(), submitProposal: ProposalContent.zero() }),
  ];
  for (const message of bad) assert.throws(() => validateMessage(message), { name: "ValidationError" });
});

test("only the first module of a message is judged, as in the reference", () => {
  validateMessage({ ...staking({ transfer }), governance: GovernanceMessage.zero() });
});

test("the hash of no messages is the empty hash", () => {
  assert.equal(messagesHash([]), EMPTY_HASH);
  const messages = [staking({ transfer })];
  assert.equal(messagesHash(messages), hashOf(encodeCbor(list(Message), messages)));
});
