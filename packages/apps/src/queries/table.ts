// Every method of the node's interface that reads application state, by its full name.
// Reference: go/{beacon,staking,registry,scheduler,roothash,governance,vault,keymanager,consensus}/api/grpc.go.
import { bytes, i64Number, list, map, nullable, quantity, text, u64, u8 } from "@wadi/codec";
import {
  Address,
  EpochTime,
  beacon,
  churp,
  consensus,
  entity,
  governance,
  node,
  registry,
  roothash,
  scheduler,
  secrets,
  staking,
  upgrade,
  vault,
} from "@wadi/types";
import { must } from "@wadi/util";

import * as beaconGenesis from "../beacon/genesis.ts";
import { beaconQueries } from "../beacon/queries.ts";
import { consensusQueries } from "../consensus/queries.ts";
import { governanceQueries } from "../governance/queries.ts";
import * as keymanager from "../keymanager/queries.ts";
import * as registryQueries from "../registry/queries.ts";
import * as roothashQueries from "../roothash/queries.ts";
import * as schedulerGenesis from "../scheduler/genesis.ts";
import { schedulerQueries } from "../scheduler/queries.ts";
import * as stakingGenesis from "../staking/genesis.ts";
import { stakingQueries } from "../staking/queries.ts";
import { vaultQueries } from "../vault/queries.ts";
import { epochBlock, nextEpoch } from "./epochs.ts";
import { atLatest, byHeight, byRequest, listOf, listed, withoutHeight, type AnyQuery } from "./query.ts";

const beaconTable = {
  ConsensusParameters: byHeight(beacon.ConsensusParameters, beaconQueries.consensusParameters),
  GetBeacon: byHeight(bytes, beaconQueries.beacon),
  GetEpoch: byHeight(EpochTime, (state) => beaconQueries.epoch(state).epoch),
  GetEpochBlock: withoutHeight(EpochTime, i64Number, ({ backend }, epoch) => epochBlock(backend, epoch)),
  GetFutureEpoch: byHeight(nullable(beacon.EpochTimeState), (state) => beaconQueries.futureEpoch(state) ?? null),
  GetNextEpoch: byHeight(EpochTime, (state, { height }) => nextEpoch(state, height)),
  StateToGenesis: byHeight(beacon.Genesis, (state) => beaconGenesis.exportGenesis(state).beacon),
};

const consensusTable = {
  EstimateGas: withoutHeight(consensus.EstimateGasRequest, u64, ({ backend }, { signer, transaction }) =>
    backend.estimateGas(signer, must(transaction, "no transaction")),
  ),
  MinGasPrice: atLatest(quantity, ({ state }) => consensusQueries.minGasPrice(state)),
};

const governanceTable = {
  ActiveProposals: byHeight(listOf(governance.Proposal), (state) => listed(governanceQueries.activeProposals(state))),
  ConsensusParameters: byHeight(governance.ConsensusParameters, governanceQueries.consensusParameters),
  PendingUpgrades: byHeight(listOf(upgrade.Descriptor), (state) => listed(governanceQueries.pendingUpgrades(state))),
  Proposal: byRequest(governance.ProposalQuery, governance.Proposal, (state, { id }) =>
    governanceQueries.proposal(state, id),
  ),
  Proposals: byHeight(listOf(governance.Proposal), (state) => listed(governanceQueries.proposals(state))),
  StateToGenesis: byHeight(governance.Genesis, governanceQueries.genesis),
  Votes: byRequest(governance.ProposalQuery, listOf(governance.VoteEntry), (state, { id }) =>
    listed(governanceQueries.votes(state, id)),
  ),
};

const secretsTable = {
  GetEphemeralSecret: byRequest(registry.NamespaceQuery, secrets.SignedEncryptedEphemeralSecret, (state, { id }) =>
    keymanager.secrets.ephemeralSecret(state, id),
  ),
  GetMasterSecret: byRequest(registry.NamespaceQuery, secrets.SignedEncryptedMasterSecret, (state, { id }) =>
    keymanager.secrets.masterSecret(state, id),
  ),
  GetStatus: byRequest(registry.NamespaceQuery, secrets.Status, (state, { id }) =>
    keymanager.secrets.status(state, id),
  ),
  GetStatuses: byHeight(listOf(secrets.Status), (state) => listed(keymanager.secrets.statuses(state))),
  StateToGenesis: byHeight(secrets.Genesis, keymanager.secrets.genesis),
};

const churpTable = {
  AllStatuses: byHeight(listOf(churp.Status), (state) => listed(keymanager.churp.allStatuses(state))),
  ConsensusParameters: byHeight(churp.ConsensusParameters, keymanager.churp.consensusParameters),
  StateToGenesis: byHeight(churp.Genesis, keymanager.churp.genesis),
  Status: byRequest(churp.StatusQuery, churp.Status, (state, { runtimeId, churpId: id }) =>
    keymanager.churp.status(state, { runtimeId, id }),
  ),
  Statuses: byRequest(registry.NamespaceQuery, listOf(churp.Status), (state, { id }) =>
    listed(keymanager.churp.statuses(state, id)),
  ),
};

const registryTable = {
  ConsensusParameters: byHeight(registry.ConsensusParameters, registryQueries.consensusParameters),
  GetEntities: byHeight(listOf(entity.Entity), (state) => listed(registryQueries.entities(state))),
  GetEntity: byRequest(registry.IDQuery, entity.Entity, (state, { id }) => registryQueries.entity(state, id)),
  GetNode: byRequest(registry.IDQuery, node.Node, (state, { id }) => registryQueries.node(state, id)),
  GetNodeByConsensusAddress: byRequest(registry.ConsensusAddressQuery, node.Node, (state, { address }) =>
    registryQueries.nodeByConsensusAddress(state, address),
  ),
  GetNodeStatus: byRequest(registry.IDQuery, registry.NodeStatus, (state, { id }) =>
    registryQueries.nodeStatus(state, id),
  ),
  GetNodes: byHeight(listOf(node.Node), (state) => listed(registryQueries.nodes(state))),
  GetRuntime: byRequest(registry.GetRuntimeQuery, registry.Runtime, (state, { id, includeSuspended }) =>
    registryQueries.runtime(state, id, includeSuspended),
  ),
  GetRuntimes: byRequest(registry.GetRuntimesQuery, listOf(registry.Runtime), (state, { includeSuspended }) =>
    listed(registryQueries.runtimes(state, includeSuspended)),
  ),
  StateToGenesis: byHeight(registry.Genesis, registryQueries.genesis),
};

const roothashTable = {
  ConsensusParameters: byHeight(roothash.ConsensusParameters, roothashQueries.consensusParameters),
  GetGenesisBlock: byRequest(roothash.RuntimeRequest, roothash.Block, (state, { runtimeId }) =>
    roothashQueries.genesisBlock(state, runtimeId),
  ),
  GetIncomingMessageQueue: byRequest(
    roothash.InMessageQueueRequest,
    listOf(roothash.IncomingMessage),
    (state, { runtimeId, offset, limit }) =>
      listed(roothashQueries.incomingMessageQueue(state, runtimeId, offset, limit)),
  ),
  GetIncomingMessageQueueMeta: byRequest(
    roothash.RuntimeRequest,
    roothash.IncomingMessageQueueMeta,
    (state, { runtimeId }) => roothashQueries.incomingMessageQueueMeta(state, runtimeId),
  ),
  GetLastRoundResults: byRequest(roothash.RuntimeRequest, roothash.RoundResults, (state, { runtimeId }) =>
    roothashQueries.lastRoundResults(state, runtimeId),
  ),
  GetLatestBlock: byRequest(roothash.RuntimeRequest, roothash.Block, (state, { runtimeId }) =>
    roothashQueries.latestBlock(state, runtimeId),
  ),
  GetPastRoundRoots: byRequest(roothash.RuntimeRequest, map(u64, roothash.RoundRoots), (state, { runtimeId }) =>
    roothashQueries.pastRoundRoots(state, runtimeId),
  ),
  GetRoundRoots: byRequest(
    roothash.RoundRootsRequest,
    nullable(roothash.RoundRoots),
    (state, { runtimeId, round }) => roothashQueries.roundRoots(state, runtimeId, round) ?? null,
  ),
  GetRuntimeState: byRequest(roothash.RuntimeRequest, roothash.RuntimeState, (state, { runtimeId }) =>
    roothashQueries.runtimeState(state, runtimeId),
  ),
  StateToGenesis: byHeight(roothash.Genesis, roothashQueries.genesis),
};

const schedulerTable = {
  ConsensusParameters: byHeight(scheduler.ConsensusParameters, schedulerQueries.consensusParameters),
  GetCommittees: byRequest(scheduler.GetCommitteesRequest, listOf(scheduler.Committee), (state, { runtimeId }) =>
    listed(schedulerQueries.allCommittees(state).filter((committee) => committee.runtimeId === runtimeId)),
  ),
  // The one list that is never null.
  GetValidators: byHeight(list(scheduler.Validator), schedulerQueries.validators),
  StateToGenesis: byHeight(scheduler.Genesis, (state) => schedulerGenesis.exportGenesis(state).scheduler),
};

const stakingTable = {
  Account: byRequest(staking.OwnerQuery, staking.Account, (state, { owner }) => stakingQueries.account(state, owner)),
  Addresses: byHeight(listOf(Address), (state) => listed([...stakingQueries.addresses(state)])),
  Allowance: byRequest(staking.AllowanceQuery, quantity, (state, { owner, beneficiary }) =>
    stakingQueries.allowance(state, owner, beneficiary),
  ),
  CommissionScheduleAddresses: byHeight(listOf(Address), (state) =>
    listed([...stakingQueries.commissionScheduleAddresses(state)]),
  ),
  CommonPool: byHeight(quantity, stakingQueries.commonPool),
  ConsensusParameters: byHeight(staking.ConsensusParameters, stakingQueries.consensusParameters),
  DebondingDelegationInfosFor: byRequest(
    staking.OwnerQuery,
    map(Address, list(staking.DebondingDelegationInfo)),
    (state, { owner }) => stakingQueries.debondingDelegationInfosFor(state, owner),
  ),
  DebondingDelegationsFor: byRequest(
    staking.OwnerQuery,
    map(Address, list(staking.DebondingDelegation)),
    (state, { owner }) => stakingQueries.debondingDelegationsFor(state, owner),
  ),
  DebondingDelegationsTo: byRequest(
    staking.OwnerQuery,
    map(Address, list(staking.DebondingDelegation)),
    (state, { owner }) => stakingQueries.debondingDelegationsTo(state, owner),
  ),
  DelegationInfosFor: byRequest(staking.OwnerQuery, map(Address, staking.DelegationInfo), (state, { owner }) =>
    stakingQueries.delegationInfosFor(state, owner),
  ),
  DelegationsFor: byRequest(staking.OwnerQuery, map(Address, staking.Delegation), (state, { owner }) =>
    stakingQueries.delegationsFor(state, owner),
  ),
  DelegationsTo: byRequest(staking.OwnerQuery, map(Address, staking.Delegation), (state, { owner }) =>
    stakingQueries.delegationsTo(state, owner),
  ),
  GovernanceDeposits: byHeight(quantity, stakingQueries.governanceDeposits),
  LastBlockFees: byHeight(quantity, stakingQueries.lastBlockFees),
  StateToGenesis: byHeight(staking.Genesis, (state, { backend }) =>
    stakingGenesis.exportGenesis(state, backend.document.staking),
  ),
  Threshold: byRequest(staking.ThresholdQuery, quantity, (state, { kind }) => stakingQueries.threshold(state, kind)),
  TokenSymbol: byHeight(text, (state, { backend }) => stakingQueries.tokenSymbol(state, backend.document.staking)),
  TokenValueExponent: byHeight(u8, (state, { backend }) =>
    stakingQueries.tokenValueExponent(state, backend.document.staking),
  ),
  TotalSupply: byHeight(quantity, stakingQueries.totalSupply),
};

const vaultTable = {
  AddressState: byRequest(vault.AddressQuery, vault.AddressState, (state, asked) =>
    vaultQueries.addressState(state, asked.vault, asked.address),
  ),
  ConsensusParameters: byHeight(vault.ConsensusParameters, vaultQueries.consensusParameters),
  PendingActions: byRequest(vault.VaultQuery, listOf(vault.PendingAction), (state, { address }) =>
    listed(vaultQueries.pendingActions(state, address)),
  ),
  StateToGenesis: byHeight(vault.Genesis, vaultQueries.genesis),
  Vault: byRequest(vault.VaultQuery, vault.Vault, (state, { address }) => vaultQueries.vault(state, address)),
  Vaults: byHeight(listOf(vault.Vault), (state) => listed(vaultQueries.vaults(state))),
};

/** By service and method; the services of secrets have two names. */
export const serviceQueries = {
  Beacon: beaconTable,
  Consensus: consensusTable,
  Governance: governanceTable,
  KeyManager: secretsTable,
  "KeyManager.Churp": churpTable,
  "KeyManager.Secrets": secretsTable,
  Registry: registryTable,
  RootHash: roothashTable,
  Scheduler: schedulerTable,
  Staking: stakingTable,
  Vault: vaultTable,
} as const;

/** By full name, such as `/oasis-core.Staking/Account`. */
export const applicationQueries: ReadonlyMap<string, AnyQuery> = new Map(
  Object.entries(serviceQueries).flatMap(([service, table]) =>
    Object.entries(table).map(([name, query]): [string, AnyQuery] => [`/oasis-core.${service}/${name}`, query]),
  ),
);
