// Import and export of the registry's state. Reference: go/consensus/cometbft/apps/registry/genesis.go.
import { node as nodeTypes, registry, type genesis, type PublicKey } from "@wadi/types";
import { WadiError } from "@wadi/util";

import type { Context } from "../framework/context.ts";
import { CorruptedStateError, isRefusal } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import {
  nodeStatus,
  openNode,
  parameters,
  runtimes,
  setNodeStatus,
  setParameters,
  signedEntities,
  signedNodes,
  suspendRuntime,
  suspendedRuntimes,
} from "./state.ts";
import { registerEntity } from "./transactions/entities.ts";
import { registerNode } from "./transactions/nodes.ts";
import { registerRuntime } from "./transactions/runtimes.ts";

const { runtimeKinds } = registry;

/**
 * Registers everything in the document by the rules of transactions, relaxed where those cannot
 * hold. A node resumes the suspended runtimes that it serves. Refusals name the member.
 */
export function initChain(
  ctx: Context,
  { registry: document }: genesis.Document,
  quotes: registry.QuoteVerifier,
): void {
  setParameters(ctx, document.params);
  each("entities", document.entities, (signed) => registerEntity(ctx, signed));
  // A compute runtime needs its key manager to be there.
  for (const kind of [runtimeKinds.keyManager, runtimeKinds.compute]) {
    each("runtimes", document.runtimes, (runtime) => {
      verifyRuntime(ctx, runtime);
      if (runtime.kind === kind) registerRuntime(ctx, runtime);
    });
  }
  each("suspended_runtimes", document.suspendedRuntimes, (runtime) => {
    registerRuntime(ctx, runtime);
    suspendRuntime(ctx, runtime.id);
  });
  each("nodes", document.nodes, (signed) => registerNode(ctx, signed, quotes));
  for (const [id, status] of document.nodeStatuses) setNodeStatus(ctx.state, id, status);
}

/** In the current epoch, which before the first block is so late that no deployment lies ahead. */
function verifyRuntime(ctx: Context, runtime: registry.Runtime): void {
  registry.verifyRuntime(runtime, {
    params: parameters(ctx.state),
    epoch: ctx.currentEpoch(),
    verifier: ctx.verifier,
    dontBlameOasis: ctx.debug.dontBlameOasis,
    isFeatureVersion261: true,
  });
}

function each<T>(member: string, values: readonly T[], register: (value: T) => void): void {
  values.forEach((value, index) => {
    try {
      register(value);
    } catch (cause) {
      if (!isRefusal(cause) || !(cause instanceof WadiError)) throw cause;
      const { module, code, message } = cause;
      const path = `registry.${member}[${index}]`;
      throw new WadiError({ module, code, text: `${path}: ${message}` }, { cause, data: { path } });
    }
  });
}

/** The section that would start a chain from this state: of the nodes only validators. */
export function exportGenesis(state: State): registry.Genesis {
  const nodes: nodeTypes.MultiSignedNode[] = [];
  const nodeStatuses = new Map<PublicKey, registry.NodeStatus>();
  for (const signed of signedNodes(state)) {
    const { id, roles } = openNode(signed);
    if (!nodeTypes.hasAnyRole(roles, nodeTypes.roles.validator)) continue;
    const status = nodeStatus(state, id);
    if (status === undefined) throw new CorruptedStateError(`status of node ${id} is missing`);
    nodes.push(signed);
    nodeStatuses.set(id, status);
  }
  return {
    params: parameters(state),
    entities: signedEntities(state),
    runtimes: runtimes(state),
    suspendedRuntimes: suspendedRuntimes(state),
    nodes,
    nodeStatuses,
  };
}
