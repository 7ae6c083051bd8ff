// The status of a key manager: its committee, and whether a new master secret has been accepted.
// Reference: go/consensus/cometbft/apps/keymanager/secrets/status.go (generateStatus),
// go/keymanager/secrets/api.go.
import { createHash } from "node:crypto";
import { encodeCbor } from "@wadi/codec";
import { node as nodeTypes, registry, secrets, type PublicKey } from "@wadi/types";
import { bytesEqual, toHex } from "@wadi/util";

type Status = secrets.Status;
type InitResponse = secrets.InitResponse;
type Node = nodeTypes.Node;

/** Of the committee, who must have replicated a proposed master secret. */
const MIN_REPLICATION_PERCENT = 66;
const NO_BYTES = new Uint8Array(0);

/** What a new status is made of. */
export interface StatusInputs {
  readonly old: Status;
  /** The last proposal for a master secret; it counts only for its own epoch and generation. */
  readonly proposal: secrets.SignedEncryptedMasterSecret | undefined;
  /** By ID; the first one that fits settles what others must agree with. */
  readonly nodes: readonly Node[];
  readonly epoch: bigint;
  /** What the enclave of a node's entry reported, or undefined where that does not hold. */
  verifiedResponse(node: Node, entry: nodeTypes.Runtime): InitResponse | undefined;
}

/** What every member of the committee has in common. */
interface Agreement {
  readonly isInitialized: boolean;
  readonly isSecure: boolean;
  readonly rsk: PublicKey | null;
  /** Of those that have replicated the proposal. */
  readonly nextRsk: PublicKey | null;
}

/** What responses are compared with. */
interface Expected {
  readonly policyHash: string;
  readonly checksum: Uint8Array | null;
  readonly nextChecksum: Uint8Array | null;
}

/** The generation of the next master secret: 0 for the first one. */
export function nextGeneration({ checksum, generation }: Status): bigint {
  return checksum === null || checksum.length === 0 ? 0n : BigInt.asUintN(64, generation + 1n);
}

/** Why no master secret may be proposed for an epoch, or undefined. The first one always may. */
export function rotationProblem(status: Status, epoch: bigint): string | undefined {
  if (nextGeneration(status) === 0n) return undefined;
  const interval = status.policy?.policy.masterSecretRotationInterval ?? 0n;
  if (interval === 0n) return "master secret rotation is disabled";
  const due = BigInt.asUintN(64, status.rotationEpoch + interval);
  return epoch < due ? "master secret rotation interval has not yet expired" : undefined;
}

/** The status for an epoch. A scheduled policy takes effect, and nodes that do not follow it are left out. */
export function generateStatus(inputs: StatusInputs): Status {
  const { old, proposal, epoch } = inputs;
  const policy = old.nextPolicy ?? old.policy;
  const generation = nextGeneration(old);
  const isDue = proposal?.secret.generation === generation && proposal.secret.epoch === epoch;
  const nextChecksum = isDue ? proposal.secret.secret.checksum : null;
  const { agreement, nodes, replicated } = formCommittee(inputs, {
    policyHash: policyHash(policy),
    checksum: old.checksum,
    nextChecksum,
  });
  const status: Status = {
    id: old.id,
    isInitialized: agreement.isInitialized,
    isSecure: agreement.isSecure,
    generation: old.generation,
    rotationEpoch: old.rotationEpoch,
    checksum: old.checksum,
    nodes: nodes.length === 0 ? null : nodes,
    policy,
    nextPolicy: null,
    rsk: agreement.rsk,
  };
  const isAccepted = nodes.length > 0 && replicated.length * 100 >= nodes.length * MIN_REPLICATION_PERCENT;
  if (nextChecksum === null || !isAccepted) return status;
  return {
    ...status,
    generation,
    rotationEpoch: epoch,
    checksum: nextChecksum,
    rsk: agreement.nextRsk,
    nodes: replicated,
  };
}

interface Committee {
  readonly agreement: Agreement;
  readonly nodes: readonly PublicKey[];
  /** Those of `nodes` that are ready for the proposal. */
  readonly replicated: readonly PublicKey[];
}

/** Nodes with the role whose enclaves, in all versions they run, agree with those before them. */
function formCommittee({ old, nodes, epoch, verifiedResponse }: StatusInputs, expected: Expected): Committee {
  const { isInitialized, isSecure } = old;
  let agreement: Agreement = { isInitialized, isSecure, rsk: null, nextRsk: null };
  const members: PublicKey[] = [];
  const replicated: PublicKey[] = [];
  for (const node of nodes) {
    if (registry.isNodeExpired(node, epoch) || !nodeTypes.hasAnyRole(node.roles, nodeTypes.roles.keyManager)) continue;
    const entries = node.runtimes?.filter((entry) => entry?.id === old.id) ?? [];
    const joined = join(agreement, entries, expected, (entry) => verifiedResponse(node, entry));
    if (joined === undefined) continue;
    members.push(node.id);
    if (joined.hasReplicated) replicated.push(node.id);
    agreement = joined.hasReplicated ? joined.agreement : { ...joined.agreement, nextRsk: agreement.nextRsk };
  }
  return { agreement, nodes: members, replicated };
}

/** The agreement with one node more, or undefined if the node does not agree in every entry. */
function join(
  before: Agreement,
  entries: readonly (nodeTypes.Runtime | null)[],
  expected: Expected,
  responseOf: (entry: nodeTypes.Runtime) => InitResponse | undefined,
): { readonly agreement: Agreement; readonly hasReplicated: boolean } | undefined {
  if (entries.length === 0) return undefined;
  let agreement = before;
  let hasReplicated = true;
  for (const entry of entries) {
    const response = entry === null ? undefined : responseOf(entry);
    if (response === undefined || !follows(response, expected)) return undefined;
    // The first verified enclave settles whether the key manager is a secure one.
    if (!agreement.isInitialized) agreement = { ...agreement, isInitialized: true, isSecure: response.isSecure };
    const rsk = agreement.rsk ?? response.rsk;
    const nextRsk = agreement.nextRsk ?? response.nextRsk;
    // Old enclaves have no signing key; they agree with any.
    if (response.isSecure !== agreement.isSecure || (response.rsk ?? rsk) !== rsk) return undefined;
    if (!equal(response.nextChecksum, expected.nextChecksum) || (response.nextRsk ?? nextRsk) !== nextRsk) {
      hasReplicated = false;
    }
    agreement = { ...agreement, rsk, nextRsk };
  }
  return { agreement, hasReplicated };
}

/** Whether an enclave has the policy in force and all secrets so far. */
function follows({ policyChecksum, checksum }: InitResponse, expected: Expected): boolean {
  const hash = policyChecksum === null || policyChecksum.length === 0 ? sha3(NO_BYTES) : policyChecksum;
  return toHex(hash) === expected.policyHash && equal(checksum, expected.checksum);
}

/** Enclaves name a policy by the SHA3-256 of its signed form; no policy is the hash of nothing. */
function policyHash(policy: secrets.SignedPolicySGX | null): string {
  return toHex(sha3(policy === null ? NO_BYTES : encodeCbor(secrets.SignedPolicySGX, policy)));
}

function sha3(bytes: Uint8Array): Uint8Array {
  return createHash("sha3-256").update(bytes).digest();
}

/** Absent and empty checksums are the same. */
function equal(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return bytesEqual(a ?? NO_BYTES, b ?? NO_BYTES);
}
