// The backend that the parameters name. Reference: go/consensus/cometbft/apps/beacon/genesis.go (doInitBackend).
import type { Backend, Parameters } from "./backend.ts";
import { BlockFailure } from "../framework/errors.ts";
import { insecureBackend } from "./insecure.ts";
import { vrfBackend } from "./vrf.ts";

const backends: Readonly<Record<string, Backend>> = { insecure: insecureBackend, vrf: vrfBackend };

export function backendOf({ backend }: Parameters): Backend {
  if (!Object.hasOwn(backends, backend)) throw new BlockFailure(`unsupported beacon backend: '${backend}'`);
  return backends[backend] as Backend;
}
