// What must hold between values. Messages and their order are the reference's.
import { BlockList, isIP, isIPv4 } from "node:net";

import { componentTitle, firstBadBase64, type ComponentConfig } from "./component.ts";
import { ConfigError } from "./errors.ts";
import { MODES, type Config, type ParsedConfig } from "./table.ts";

type Check = (config: ParsedConfig) => string | undefined;

/** The first of the messages whose condition holds. */
function firstOf(...findings: readonly (readonly [isWrong: boolean, message: string])[]): string | undefined {
  return findings.find(([isWrong]) => isWrong)?.[1];
}

const consensus: Check = ({ consensus: c }) => {
  const { trust } = c.lightClient;
  const trusts = trust.hash !== "";
  return firstOf(
    [c.p2p.maxNumInboundPeers < 0, "p2p.max_num_inbound_peers must be >= 0"],
    [c.p2p.maxNumOutboundPeers < 0, "p2p.max_num_outbound_peers must be >= 0"],
    [c.p2p.sendRate < 0, "p2p.send_rate must be >= 0"],
    [c.p2p.recvRate < 0, "p2p.recv_rate must be >= 0"],
    [c.haltHeight > 0 && c.haltEpoch > 0, "only one of {halt_epoch, halt_height} can be set"],
    [c.stateSync.enabled && !trusts, "state sync requires light client to be configured"],
    [trusts && trust.period === 0, "trust period must be greater than zero"],
    [trusts && trust.height === 0, "trust height must be greater than zero"],
    [trusts && Buffer.byteLength(trust.hash) !== 64, "malformed trust hash"],
    [c.supplementarySanity.enabled && c.supplementarySanity.interval < 1, "supplementary_sanity.interval must be >= 1"],
  );
};

const TEE_MODES = ["", "none", "sgx", "tdx"];

const runtime: Check = ({ runtime: c }) => {
  const components = c.runtimes.flatMap((one) => one.components);
  const badTee = components.find(({ tee }) => !TEE_MODES.includes(tee));
  const isSgx = c.environment === "sgx";
  const hasLoader = c.sgx.loader !== "";
  return (
    firstOf(
      [
        c.provisioner === "sandboxed" && c.sandboxBinary === "",
        "sandbox_binary must be set when using sandboxed provisioner",
      ],
      [isSgx && c.sgxLoader === "" && !hasLoader, "sgx.loader must be set when using sgx environment"],
      [isSgx && c.sgxLoader !== "" && hasLoader, "only one of sgx_loader and sgx.loader must be set"],
      [!["auto", "sgx", "sgx-mock"].includes(c.environment), `unknown runtime environment: ${c.environment}`],
      [c.prune.strategy === "keep_last" && c.prune.interval < 1000, "prune.interval must be >= 1 second"],
      [
        !["none", "keep_last"].includes(c.prune.strategy),
        `unknown runtime history pruner strategy: ${c.prune.strategy}`,
      ],
      [c.loadBalancer.numInstances > 128, "cannot specify more than 128 instances for load balancing"],
      [c.log.maxLogSize < 1024, "maximum log size must be at least 1024 bytes"],
      [badTee !== undefined, `unknown TEE select mode: ${badTee?.tee}`],
    ) ?? networking(components)
  );
};

/** Ports that the components of all runtimes want opened. */
function networking(components: readonly ComponentConfig[]): string | undefined {
  const taken: { readonly key: string; readonly ip: string }[] = [];
  for (const component of components) {
    const title = `component ${componentTitle(component.id)}`;
    for (const { ip, protocol, srcPort } of component.networking.incoming) {
      if (!["", "tcp", "udp"].includes(protocol)) return `${title}: network protocol '${protocol}' not supported`;
      if (ip !== "" && isIP(ip) === 0) return `${title}: IP address '${ip}' is malformed`;
      const key = `${protocol === "" ? "tcp" : protocol}/${srcPort}`;
      const overlaps = taken.some(
        (other) => other.key === key && (isAny(ip) || isAny(other.ip) || sameIp(other.ip, ip)),
      );
      if (overlaps) return `${title}: overlapping incoming IP/protocol/port`;
      taken.push({ key, ip });
    }
  }
  return undefined;
}

function isAny(ip: string): boolean {
  return ip === "" || ip === "0.0.0.0" || ip === "::";
}

function sameIp(a: string, b: string): boolean {
  if (isIPv4(a) !== isIPv4(b)) return false;
  const one = new BlockList();
  const family = isIPv4(a) ? "ipv4" : "ipv6";
  one.addAddress(a, family);
  return one.check(b, family);
}

const p2p: Check = ({ p2p: c }) =>
  firstOf(
    [c.connectionManager.maxNumPeers < 0, "connection_manager.max_num_peers must be >= 0"],
    [c.gossipsub.peerOutboundQueueSize < 0, "gossipsub.peer_outbound_queue_size must be >= 0"],
    [c.gossipsub.validateQueueSize < 0, "gossipsub.validate_queue_size must be >= 0"],
    [c.gossipsub.validateConcurrency < 0, "gossipsub.validate_concurrency must be >= 0"],
    [c.gossipsub.validateThrottle < 0, "gossipsub.validate_throttle must be >= 0"],
  );

const registration: Check = ({ registration: { entity, entityId } }) => {
  if (entity !== "" && entityId !== "") return "only one of `entity` and `entity_id` must be set";
  if (entityId === "") return undefined;
  const bad = firstBadBase64(entityId);
  if (bad !== undefined) return `malformed entity ID: illegal base64 data at input byte ${bad}`;
  return Buffer.from(entityId, "base64").length === 32
    ? undefined
    : "malformed entity ID: signature: malformed public key";
};

const metrics: Check = ({ metrics: { mode, address, jobName, labels, interval } }) => {
  if (!["none", "pull", "push"].includes(mode)) return `unknown metrics mode: ${mode}`;
  if (mode !== "none" && address === "") return `missing address in ${mode} mode`;
  if (mode !== "push") return undefined;
  return firstOf(
    [jobName === "", "missing job_name in push mode"],
    [Object.keys(labels).length === 0, "missing labels in push mode"],
    [interval === 0, "missing interval in push mode"],
  );
};

const sections: readonly (readonly [name: string, check: Check])[] = [
  ["genesis", ({ genesis }) => (genesis.file === "" ? "missing genesis file path" : undefined)],
  ["consensus", consensus],
  ["runtime", runtime],
  ["p2p", p2p],
  ["registration", registration],
  [
    "storage",
    ({ storage: { backend } }) =>
      ["auto", "badger", "pathbadger"].includes(backend) ? undefined : `unsupported node database backend: ${backend}`,
  ],
  ["metrics", metrics],
];

/** Throws ConfigError with the first thing that is wrong. */
export function validateConfig(config: ParsedConfig): Config {
  const mode = MODES.find((one) => one === config.mode);
  if (mode === undefined) throw new ConfigError(`unknown node mode: ${config.mode}`);
  const { localStorage, validator } = config.consensus;
  if (!localStorage && (validator || (mode !== "client" && mode !== "observer"))) {
    throw new ConfigError("local storage not available in specified mode");
  }
  for (const [name, check] of sections) {
    const problem = check(config);
    if (problem !== undefined) throw new ConfigError(`${name}: ${problem}`);
  }
  return { ...config, mode };
}
