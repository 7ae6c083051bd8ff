import type { PublicKey } from "@wadi/crypto";

import type { ValidatorNode } from "../node/validator-node.ts";
import { ConsensusBackend } from "./consensus-backend.ts";

/** A node's chain, for its services. A network of one is always at its head. */
export function backendOf(
  { engine, host }: Pick<ValidatorNode, "engine" | "host">,
  consensusKey: PublicKey,
  isSynced: () => boolean = () => true,
): ConsensusBackend {
  return new ConsensusBackend({
    blocks: engine.blocks,
    states: engine.states,
    machine: host.machine,
    view: () => engine.view,
    unconfirmed: () => engine.mempool.reapCount(),
    consensusKey,
    isSynced,
  });
}
