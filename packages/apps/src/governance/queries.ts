// What others ask about the governance state of a height.
// Reference: go/consensus/cometbft/apps/governance/query.go.
import { activeProposals, parameters, pendingUpgrades, proposal, proposals, votes } from "./state.ts";
import { exportGenesis } from "./genesis.ts";

/** Answers about one state. */
export const governanceQueries = {
  activeProposals,
  proposals,
  /** (`governance`, 5) if there is none. */
  proposal,
  /** In order of voters' addresses. */
  votes,
  /** In order of epochs. */
  pendingUpgrades,
  genesis: exportGenesis,
  consensusParameters: parameters,
} as const;
