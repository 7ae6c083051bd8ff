// The registry as staking sees it: nodes by the address that the engine names them by.
import type { ValidatorNodes } from "../staking/ports.ts";
import { nodeByConsensusAddress, nodeStatus, setNodeStatus } from "./state.ts";

export const validatorNodes: ValidatorNodes = {
  byConsensusAddress: nodeByConsensusAddress,
  status: nodeStatus,
  setStatus: setNodeStatus,
};
