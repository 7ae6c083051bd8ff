// What the configuration says about components of runtimes. Reference: go/runtime/registry/config.go
// (`getLocalConfig`), go/runtime/config/config.go (`GetComponent`, `GetLocalConfig`).
import type { ComponentConfig, Config } from "@wadi/config";
import { encodeLocalConfig, type LocalConfig } from "@wadi/runtime-protocol";
import type { Logger } from "@wadi/telemetry";
import type { Namespace } from "@wadi/types";
import { WadiError } from "@wadi/util";

import { fail } from "./failure.ts";

/** What each runtime's on-chain component is told of its node. */
export type LocalConfigs = ReadonlyMap<Namespace, ReadonlyMap<string, Uint8Array>>;

type RuntimeOptions = Config["runtime"];

const isRonl = ({ id }: ComponentConfig): boolean => id.kind === "ronl";

/**
 * An entry of the component counts, else the runtime's, else the old place at the top: the first that
 * is there, also where it says nothing. Fails for what runtimes cannot read, such as fractions.
 */
export function localConfigs({ config: old = {}, runtimes }: RuntimeOptions): LocalConfigs {
  const found = new Map<string, readonly [where: string, config: unknown]>();
  const add = (id: string, where: string, config: unknown): void => {
    if (!found.has(id)) found.set(id, [where, config]);
  };
  for (const { components, id } of runtimes) {
    const own = components.find(isRonl);
    if (own !== undefined) add(id, "runtime.runtimes.components.config", own.config);
  }
  for (const { config, id } of runtimes) add(id, "runtime.runtimes.config", config);
  for (const [id, config] of Object.entries(old)) add(id, "runtime.config", config);
  return new Map(Array.from(found, ([id, [where, config]]) => [id as Namespace, encode(id, where, config)]));
}

function encode(id: string, where: string, config: unknown): ReadonlyMap<string, Uint8Array> {
  const title = `${where} of runtime ${id}`;
  if (config === undefined || config === null) return new Map();
  if (typeof config !== "object" || Array.isArray(config)) fail(`${title} is no map`);
  try {
    return encodeLocalConfig(config as LocalConfig);
  } catch (e) {
    if (!(e instanceof WadiError)) throw e;
    fail(`${title}: ${e.message}`, e);
  }
}

/** Refuses components in enclaves: in the clear they would be something else than the operator asked for. */
export function refuseEnclaves({ runtimes }: RuntimeOptions): void {
  for (const { components, id } of runtimes) {
    const tee = components.find(isRonl)?.tee;
    if (tee === "sgx" || tee === "tdx") {
      fail(`runtime ${id}: host/composite/provisioner: kind '${tee}' is not available`);
    }
  }
}

const OFF_CHAIN_ONLY = "it is for components beside the on-chain one, which are not run by this program yet";

/** Names the settings of components that have no effect. */
export function warnOfIdleComponents({ runtimes }: RuntimeOptions, log: Logger): void {
  for (const { components, id } of runtimes) {
    for (const one of components) {
      const component = one.id.name === "" ? one.id.kind : `${one.id.kind}.${one.id.name}`;
      const idle = (key: string, reason: string): void => {
        log.warn("the option has no effect", { key: `runtime.runtimes.${key}`, reason, runtime_id: id, component });
      };
      if (!isRonl(one)) idle("components", "components beside the on-chain one are not run by this program yet");
      else {
        if (one.disabled) idle("components.disabled", "the on-chain component always runs");
        if (one.networking.incoming.length > 0) idle("components.networking", OFF_CHAIN_ONLY);
        if (one.permissions.length > 0) idle("components.permissions", OFF_CHAIN_ONLY);
      }
    }
  }
}
