// Rules a node descriptor satisfies by itself, and questions asked of one.
// Reference: oasis-core go/common/node/node.go.
import { utf8 } from "@wadi/util";

import { LATEST_NODE_VERSION, MAX_SOFTWARE_VERSION_LENGTH, type Node } from "../../node/node.ts";
import { hasAnyRole, RESERVED_ROLES } from "../../node/roles.ts";

/**
 * What is wrong with the descriptor, or undefined. The same for live and genesis descriptors,
 * because version 2 ones have been upgraded when they were decoded.
 */
export function nodeBasicProblem(node: Node): string | undefined {
  if (node.v !== LATEST_NODE_VERSION) return `invalid node descriptor version: ${node.v}`;
  const sizeBytes = utf8(node.softwareVersion).length;
  if (sizeBytes > MAX_SOFTWARE_VERSION_LENGTH) return `software version too long: ${sizeBytes} bytes`;
  if (node.roles === 0) return "no roles specified";
  if (hasAnyRole(node.roles, RESERVED_ROLES)) return "invalid role specified";
  return undefined;
}

/** A node is valid up to and including its expiration epoch. */
export function isNodeExpired(node: Node, epoch: bigint): boolean {
  return node.expiration < epoch;
}

/** Whether the node registers for any version of the runtime. */
export function nodeHasRuntime(node: Node, runtimeId: string): boolean {
  return (node.runtimes ?? []).some((entry) => entry?.id === runtimeId);
}

/** Sorts node descriptors into the canonical order of node lists, by raw node ID. */
export function sortNodes<N extends { readonly id: string }>(nodes: readonly N[]): N[] {
  // Equal-length lower-case hex texts compare like the bytes they stand for.
  return nodes.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
