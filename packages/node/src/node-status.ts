// What `control status` shows of a node. Reference: go/oasis-node/cmd/node/node_control.go.
import { LightClientStatus, P2PStatus, peerIdOf, type RuntimeStatus, type Status } from "@wadi/api";
import { addressOfKey } from "@wadi/comet-types";
import type { NodeIdentity } from "@wadi/crypto";
import type { BundleRegistry } from "@wadi/runtime-host";
import type { Namespace, consensus } from "@wadi/types";
import type { RegistrationReport, RegistrationWorker, RuntimeWorker } from "@wadi/workers";

import type { NodeConsensus } from "./consensus/node-consensus.ts";
import type { NodeOptions } from "./node-options.ts";
import { SOFTWARE_VERSION } from "./software-version.ts";

/** What the status is made of. */
export interface StatusSources {
  readonly options: Pick<NodeOptions, "addresses" | "debug" | "mode" | "provisioner">;
  readonly identity: NodeIdentity;
  readonly consensus: Pick<NodeConsensus, "port" | "validator">;
  readonly bundles: BundleRegistry;
  readonly workers: ReadonlyMap<Namespace, Pick<RuntimeWorker, "status">>;
  readonly registration: Pick<RegistrationWorker, "report">;
}

/** A zero time, for what has not happened. */
const NEVER = { seconds: -62_135_596_800n, nanos: 0 };

export function nodeStatus(sources: StatusSources): Status {
  const { bundles, consensus: chain, identity, options, registration, workers } = sources;
  const { debug, mode, provisioner = "sandboxed" } = options;
  const { consensus: consensusKey, node: nodeKey, tls } = identity;
  const runtimes = [...workers].map(
    ([id, worker]) => [id, { ...worker.status(), ...hosting(bundles, id, provisioner) }] as const,
  );
  return {
    softwareVersion: SOFTWARE_VERSION,
    mode,
    debug: debug?.dontBlameOasis === true ? { enabled: true, allowRoot: debug.allowRoot ?? true } : null,
    identity: { node: nodeKey.publicKey, consensus: consensusKey.publicKey, tls: tls.key.publicKey },
    consensus: consensusStatus(sources),
    // The reference tells nothing but the peers that it asks.
    lightClient: LightClientStatus.zero(),
    runtimes: new Map(runtimes),
    registration: registrationStatus(registration.report()),
    pendingUpgrades: chain.validator.host.upgrades.pendingUpgrades(),
    p2p: p2pStatus(sources),
    seed: null,
  };
}

export function consensusStatus({
  consensus: { port },
  identity,
  options,
}: Pick<StatusSources, "consensus" | "identity" | "options">): consensus.Status {
  const { publicKey: pubKey } = identity.p2p;
  const { consensusAddresses: addresses } = options.addresses;
  // The engine names peers as it names validators: by the first bytes of their key's hash.
  return { ...port.backend.status(), p2p: { pubKey, peerId: addressOfKey(pubKey), addresses, peers: [] } };
}

/** Of a node that nobody can connect to yet: it offers no protocol and follows no topic. */
function p2pStatus({ identity, options }: Pick<StatusSources, "identity" | "options">): P2PStatus {
  const { publicKey: pubKey } = identity.p2p;
  const { p2pAddresses } = options.addresses;
  const addresses = p2pAddresses.length === 0 ? null : p2pAddresses;
  return { ...P2PStatus.zero(), pubKey, peerId: peerIdOf(pubKey), addresses };
}

function hosting(
  bundles: BundleRegistry,
  runtimeId: Namespace,
  provisioner: NonNullable<NodeOptions["provisioner"]>,
): Pick<RuntimeStatus, "components" | "provisioner"> {
  const components = bundles.components(runtimeId).map(({ component, isDetached }) => {
    const { disabled, kind, name, version } = component;
    return { kind, name, version, detached: isDetached, disabled };
  });
  return { provisioner: `composite{none: ${provisioner === "sandboxed" ? "sandbox" : provisioner}}`, components };
}

function registrationStatus(report: RegistrationReport): NonNullable<Status["registration"]> {
  const time = (ms: number | undefined) =>
    ms === undefined ? NEVER : { seconds: BigInt(Math.floor(ms / 1000)), nanos: 0 };
  return {
    lastAttemptSuccessful: report.lastAttemptSuccessful,
    lastAttemptErrorMessage: report.lastAttemptErrorMessage,
    lastAttempt: time(report.lastAttempt),
    lastRegistration: time(report.lastRegistration),
    descriptor: report.descriptor ?? null,
    nodeStatus: report.nodeStatus ?? null,
  };
}
