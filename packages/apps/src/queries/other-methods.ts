// Methods of the services of the applications that are no reading of application state, each with
// the reason, so that the table of queries is known to be complete.

const FROM_RESULTS = "reads the stored results of a block, whose events the state does not hold";
const STREAM = "follows blocks as they come; what it sends first is answered by a query of the table";
const FROM_BLOCKS = "reads the engine's stored blocks, commits and validator sets";
const FROM_GENESIS = "answered from the genesis document";
const FROM_NODE = "a fact of the node, not of a state";
const SUBMITS = "hands something to the network";
const PROOF = "proves keys of the state tree, whatever they hold: answered by the node database";

/** By full name. */
export const otherMethods: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Beacon: { GetBaseEpoch: FROM_GENESIS, WaitEpoch: STREAM, WatchEpochs: STREAM },
    Consensus: {
      GetBlock: FROM_BLOCKS,
      GetBlockResults: FROM_RESULTS,
      GetChainContext: FROM_GENESIS,
      GetGenesisDocument: FROM_GENESIS,
      GetLastRetainedHeight: FROM_BLOCKS,
      GetLatestHeight: FROM_BLOCKS,
      GetLightBlock: FROM_BLOCKS,
      GetNextBlockState: FROM_NODE,
      GetParameters: "joins `consensusQueries.consensusParameters` with the engine's stored parameters",
      GetStatus: "joins `Beacon/GetEpoch` and validators with facts of the node",
      GetTransactions: FROM_BLOCKS,
      GetTransactionsWithProofs: FROM_BLOCKS,
      GetTransactionsWithResults: FROM_RESULTS,
      GetUnconfirmedTransactions: FROM_NODE,
      GetValidators: FROM_BLOCKS,
      StateSyncGet: PROOF,
      StateSyncGetPrefixes: PROOF,
      StateSyncIterate: PROOF,
      StateToGenesis: "`exportGenesis` with the time of the stored block of that height",
      SubmitEvidence: SUBMITS,
      SubmitTx: SUBMITS,
      SubmitTxNoWait: SUBMITS,
      SubmitTxWithProof: SUBMITS,
      WatchBlocks: STREAM,
    },
    Governance: { GetEvents: FROM_RESULTS, WatchEvents: STREAM },
    KeyManager: { WatchEphemeralSecrets: STREAM, WatchMasterSecrets: STREAM, WatchStatuses: STREAM },
    "KeyManager.Churp": { WatchStatuses: STREAM },
    "KeyManager.Secrets": { WatchEphemeralSecrets: STREAM, WatchMasterSecrets: STREAM, WatchStatuses: STREAM },
    Registry: {
      GetEvents: FROM_RESULTS,
      WatchEntities: STREAM,
      WatchEvents: STREAM,
      WatchNodeList: STREAM,
      WatchNodes: STREAM,
      WatchRuntimes: STREAM,
    },
    RootHash: { GetEvents: FROM_RESULTS, WatchBlocks: STREAM, WatchEvents: STREAM, WatchExecutorCommitments: STREAM },
    Scheduler: { WatchCommittees: STREAM },
    Staking: { GetEvents: FROM_RESULTS, WatchEvents: STREAM },
    Vault: { GetEvents: FROM_RESULTS, WatchEvents: STREAM },
  }).flatMap(([service, methods]) =>
    Object.entries(methods).map(([name, reason]): [string, string] => [`/oasis-core.${service}/${name}`, reason]),
  ),
);
