// Reference: oasis-core go/registry/api/sanity_check.go.
import { bytesOf } from "@wadi/crypto";
import { toBase64 } from "@wadi/util";

import type { Entity } from "../../entity/entity.ts";
import type { Node } from "../../node/node.ts";
import type { Genesis } from "../../registry/genesis.ts";
import { runtimeKinds } from "../../registry/kinds.ts";
import type { ConsensusParameters } from "../../registry/parameters.ts";
import type { Runtime } from "../../registry/runtime.ts";
import { openMultiSignedNode } from "../../registry/verify/open.ts";
import { verifyRegisterEntityArgs } from "../../registry/verify/register-entity.ts";
import { verifyOpenedNode } from "../../registry/verify/register-node.ts";
import { quotePolicyProblem } from "../../registry/verify/sgx-rules.ts";
import { verifyRegisterComputeRuntime, verifyRuntime } from "../../registry/verify/verify-runtime.ts";
import type { PublicKey } from "../../scalars/keys.ts";
import type { Namespace } from "../../scalars/namespace.ts";
import type { SanityContext } from "./options.ts";
import { firstSet, type ProblemFactory, problemsOf, reason, UNSAFE_FLAGS } from "./problem.ts";

/** What the registry section holds, opened and verified. */
export interface RegistryContent {
  readonly entities: ReadonlyMap<PublicKey, Entity>;
  readonly nodes: readonly Node[];
  /** By consensus, P2P and TLS key. */
  readonly bySubKey: ReadonlyMap<PublicKey, Node>;
  /** Active and suspended. */
  readonly runtimes: ReadonlyMap<Namespace, Runtime>;
  readonly activeRuntimes: readonly Runtime[];
}

/** Documents are judged by the rules of the latest feature version. */
const IS_FEATURE_VERSION_26_1 = true;

/** What descriptors of a document or of a state are judged by. */
export interface DescriptorChecks extends SanityContext {
  readonly mode: "genesis" | "state";
  readonly isFeatureVersion261: boolean;
  readonly epoch: bigint;
}

/** The descriptors of a document or of a state. */
export type Descriptors = Pick<Genesis, "params" | "entities" | "runtimes" | "suspendedRuntimes" | "nodes">;

const PREFIX = "registry: sanity check failed";
const problem = problemsOf(PREFIX, "registry");
const entityProblem = problemsOf("entity sanity check failed", "registry");
const runtimeProblem = problemsOf("runtime sanity check failed", "registry");
const computeRuntimeProblem = problemsOf("compute runtime sanity check failed", "registry");
const nodeProblem = problemsOf("registry: node sanity check failed", "registry");

const keyText = (key: PublicKey): string => toBase64(bytesOf(key));

/** Verifies every descriptor; `blacklist` are the keys that the document itself forbids. */
export function checkRegistry(
  genesis: Genesis,
  epoch: bigint,
  blacklist: ReadonlySet<PublicKey>,
  context: SanityContext,
): RegistryContent {
  checkRegistryParameters(genesis.params, context, IS_FEATURE_VERSION_26_1, problemsOf(PREFIX, "registry.params"));
  const checks = { ...context, mode: "genesis", isFeatureVersion261: IS_FEATURE_VERSION_26_1, epoch } as const;
  const content = checkDescriptors(genesis, checks);
  checkBlacklist(content, blacklist);
  return content;
}

/** The rules of entities, runtimes and nodes. */
export function checkDescriptors(descriptors: Descriptors, checks: DescriptorChecks): RegistryContent {
  const entities = checkEntities(descriptors, checks);
  const runtimes = checkRuntimes(descriptors, checks);
  const { nodes, bySubKey } = checkNodes(descriptors, entities, runtimes, checks);
  return { entities, nodes, bySubKey, runtimes, activeRuntimes: descriptors.runtimes };
}

/** The rules of the parameters alone. */
export function checkRegistryParameters(
  params: ConsensusParameters,
  { dontBlameOasis }: Pick<SanityContext, "dontBlameOasis">,
  isFeatureVersion261: boolean,
  fail: ProblemFactory,
): void {
  if (!dontBlameOasis) {
    const unsafe = firstSet({
      debug_allow_unroutable_addresses: params.debugAllowUnroutableAddresses,
      debug_deploy_immediately: params.debugDeployImmediately,
    });
    if (unsafe !== undefined) throw fail(unsafe, UNSAFE_FLAGS);
    if (params.maxNodeExpiration === 0n) throw fail("max_node_expiration", "max_node_expiration not specified");
  }
  const defaultPolicy = params.teeFeatures?.sgx.defaultPolicy ?? null;
  if (defaultPolicy === null) return;
  const what = quotePolicyProblem(defaultPolicy, isFeatureVersion261);
  if (what !== undefined) throw fail("tee_features.sgx.default_policy", what);
}

function checkEntities({ entities: signed }: Descriptors, { verifier }: DescriptorChecks): Map<PublicKey, Entity> {
  const entities = new Map<PublicKey, Entity>();
  signed.forEach((blob, index) => {
    try {
      const entity = verifyRegisterEntityArgs(blob, "genesis", verifier);
      entities.set(entity.id, entity);
    } catch (e) {
      throw entityProblem(`entities[${index}]`, `entities[${index}]: ${reason(e)}`, e);
    }
  });
  return entities;
}

function checkRuntimes(
  { params, runtimes: active, suspendedRuntimes: suspended }: Descriptors,
  checks: DescriptorChecks,
): Map<Namespace, Runtime> {
  const lists = [
    ["runtimes", active],
    ["suspended_runtimes", suspended],
  ] as const;
  const verification = { ...checks, params };
  for (const [member, list] of lists) {
    list.forEach((runtime, index) => {
      try {
        verifyRuntime(runtime, verification);
      } catch (e) {
        throw runtimeProblem(`${member}[${index}]`, `${runtime.id}: ${reason(e)}`, e);
      }
    });
  }

  const runtimes = new Map<Namespace, Runtime>();
  for (const [member, list] of lists) {
    list.forEach((runtime, index) => {
      if (runtimes.has(runtime.id)) {
        throw runtimeProblem(`${member}[${index}].id`, `duplicate runtime in ${member}: ${runtime.id}`);
      }
      runtimes.set(runtime.id, runtime);
    });
  }

  for (const [member, list] of lists) {
    list.forEach((runtime, index) => {
      if (runtime.kind !== runtimeKinds.compute) return;
      try {
        verifyRegisterComputeRuntime(runtime, { anyRuntime: (id) => runtimes.get(id) });
      } catch (e) {
        throw computeRuntimeProblem(`${member}[${index}].key_manager`, `${runtime.id}: ${reason(e)}`, e);
      }
    });
  }
  return runtimes;
}

function checkNodes(
  { params, nodes: signed }: Descriptors,
  entities: ReadonlyMap<PublicKey, Entity>,
  runtimes: ReadonlyMap<Namespace, Runtime>,
  { mode, isFeatureVersion261, epoch, verifier }: DescriptorChecks,
): Pick<RegistryContent, "nodes" | "bySubKey"> {
  const nodes: Node[] = [];
  // The reference does not look for VRF keys here.
  const bySubKey = new Map<PublicKey, Node>();
  const verification = {
    params,
    mode,
    isFeatureVersion261,
    epoch,
    verifier,
    runtimes: { anyRuntime: (id: Namespace) => runtimes.get(id) },
    nodes: { nodeBySubKey: (key: PublicKey) => bySubKey.get(key) },
  } as const;

  signed.forEach((blob, index) => {
    const member = `nodes[${index}]`;
    let node: Node;
    try {
      node = openMultiSignedNode(blob, verifier);
    } catch (e) {
      throw problem(member, `unable to open signed node ${member}`, e);
    }
    const id = keyText(node.id);
    if (verifier.blacklist.has(node.id)) throw nodeProblem(member, `ID ${id} is invalid`);
    const entity = entities.get(node.entityId);
    if (entity === undefined) throw nodeProblem(member, `node ${id} references a missing entity`);
    try {
      verifyOpenedNode(blob, node, entity, verification);
    } catch (e) {
      throw nodeProblem(member, `ID: ${id}, error: ${reason(e)}`, e);
    }
    for (const key of [node.consensus.id, node.p2p.id, node.tls.pubKey]) bySubKey.set(key, node);
    nodes.push(node);
  });
  return { nodes, bySubKey };
}

/** The document's own blacklist takes effect when the node starts, so nothing in it may use these keys. */
function checkBlacklist({ entities, runtimes, bySubKey }: RegistryContent, blacklist: ReadonlySet<PublicKey>): void {
  for (const id of entities.keys()) {
    if (blacklist.has(id)) throw problem("entities", `entity public key blacklisted: '${keyText(id)}'`);
  }
  for (const { id, entityId } of runtimes.values()) {
    if (blacklist.has(entityId)) {
      throw problem("runtimes", `runtime '${id}' owned by blacklisted entity: '${keyText(entityId)}'`);
    }
  }
  for (const key of blacklist) {
    const node = bySubKey.get(key);
    if (node !== undefined) {
      throw problem("nodes", `node '${keyText(node.id)}' uses blacklisted key: '${keyText(key)}'`);
    }
  }
}
