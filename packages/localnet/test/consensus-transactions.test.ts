// What the parameters of a local network let its accounts do on the consensus layer.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Beacon, Governance, Staking, Vault } from "@wadi/api";
import { encodeCbor, type Schema } from "@wadi/codec";
import { stakingAddress, type Address, type Signer } from "@wadi/crypto";
import { governance, staking, transaction, vault } from "@wadi/types";
import { must } from "@wadi/util";

import { entitySigner } from "../src/genesis.ts";
import { startLocalnet, type Localnet } from "../src/localnet.ts";
import { insertion } from "./key-value.ts";
import { availableProvisioner } from "./provisioner.ts";
import { sampleBundle, type SampleBundle } from "./sample-bundle.ts";

const { methods } = transaction;
const LATEST = 0;
let bundle: SampleBundle;

before(() => {
  bundle = sampleBundle();
});

/** Resolves when the transaction is in a block; rejects with what it failed with. */
async function send<T>(net: Localnet, signer: Signer, name: string, schema: Schema<T>, body: T): Promise<void> {
  await net.node.consensus.submit(signer, { method: name, body: encodeCbor(schema, body) });
}

test("allowances, commission schedules, proposals and vaults", { timeout: 120_000 }, async () => {
  await using net = await startLocalnet({ ...bundle, provisioner: availableProvisioner() });
  using connection = net.connect();
  const [alice, bob] = net.accounts.map(({ signer }) => signer) as [Signer, Signer];
  const owner = entitySigner();
  const addresses = [alice, bob, owner].map(({ publicKey }) => stakingAddress(publicKey));
  const [ofAlice, ofBob, ofOwner] = addresses as [Address, Address, Address];
  const stakingService = connection.of(Staking);

  await send(net, alice, methods.stakingAllow.name, staking.Allow, {
    beneficiary: ofBob,
    negative: false,
    amountChange: 7n,
  });
  assert.equal(await stakingService.Allowance({ height: LATEST, owner: ofAlice, beneficiary: ofBob }), 7n);

  const epoch = await connection.of(Beacon).GetEpoch(LATEST);
  const start = epoch + 2n;
  await send(net, owner, methods.stakingAmendCommissionSchedule.name, staking.AmendCommissionSchedule, {
    amendment: { rates: [{ start, rate: 5n }], bounds: [{ start, rateMin: 0n, rateMax: 10n }] },
  });
  assert.deepEqual(await stakingService.CommissionScheduleAddresses(LATEST), [ofOwner]);

  const changes = { ...staking.ConsensusParameterChanges.zero(), maxAllowances: 5 };
  await send(net, bob, methods.submitProposal.name, governance.ProposalContent, {
    ...governance.ProposalContent.zero(),
    changeParameters: { module: "staking", changes: encodeCbor(staking.ConsensusParameterChanges, changes) },
  });
  const [proposal] = must(await connection.of(Governance).ActiveProposals(LATEST));
  const { id } = must(proposal);
  await send(net, owner, methods.castVote.name, governance.ProposalVote, { id, vote: governance.votes.yes });
  await net.setEpoch(epoch + 2n);
  const { state } = await connection.of(Governance).Proposal({ height: LATEST, id });
  assert.equal(state, governance.proposalStates.passed);
  assert.equal((await stakingService.ConsensusParameters(LATEST)).maxAllowances, 5);

  const authority = { addresses: [ofAlice], threshold: 1 };
  await send(net, alice, methods.vaultCreate.name, vault.Create, {
    adminAuthority: authority,
    suspendAuthority: authority,
  });
  assert.equal((await connection.of(Vault).Vaults(LATEST))?.length, 1);
});

test("a leap over many epochs leaves the network with its validator and committee", { timeout: 120_000 }, async () => {
  await using net = await startLocalnet({ ...bundle, provisioner: availableProvisioner() });
  const { latestEpoch } = net.node.backend.status();
  await net.setEpoch(latestEpoch + 20n);
  assert.equal(net.node.backend.status().latestEpoch, latestEpoch + 20n);
  const { round } = await net.submit(insertion("a", 0n, "key", "value"));
  assert.ok(round > 0n);
  await assert.rejects(net.setEpoch(latestEpoch), /does not advance time/);
});
