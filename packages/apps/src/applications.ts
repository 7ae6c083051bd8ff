// All applications of an Oasis network, and the state machine made of them. This is the one place
// that names them. Reference: go/consensus/cometbft/full/common.go.
import { KeyBlacklist, SignatureVerifier } from "@wadi/crypto";
import type { genesis, registry } from "@wadi/types";

import { beaconApplication } from "./beacon/app.ts";
import { beaconTimeSource } from "./beacon/time-source.ts";
import type { Application } from "./framework/application.ts";
import type { StateMachineOptions } from "./framework/state-machine-options.ts";
import { StateMachine } from "./framework/state-machine.ts";
import { governanceApplication } from "./governance/app.ts";
import { keymanagerApplication } from "./keymanager/app.ts";
import { registryApplication } from "./registry/app.ts";
import { validatorNodes } from "./registry/validator-nodes.ts";
import { roothashApplication, type RoothashOptions } from "./roothash/app.ts";
import { schedulerApplication } from "./scheduler/app.ts";
import { stakingApplication } from "./staking/app.ts";
import { stakingAuth } from "./staking/auth.ts";
import { supplementarySanityApplication, type SupplementarySanityOptions } from "./supplementary-sanity/app.ts";
import { vaultApplication } from "./vault/app.ts";

export interface ApplicationOptions extends RoothashOptions {
  /** Verifies the quotes in attestations of nodes. */
  readonly quotes: registry.QuoteVerifier;
  /** Checks of the whole state now and then; default: none. */
  readonly supplementarySanity?: SupplementarySanityOptions;
}

/** In order of registration, which is the order in which messages are delivered. */
export function allApplications(options: ApplicationOptions): readonly Application[] {
  const { quotes, supplementarySanity, onExecutorCommitment } = options;
  return [
    beaconApplication(),
    governanceApplication(),
    keymanagerApplication({ quotes }),
    registryApplication({ quotes }),
    roothashApplication({ onExecutorCommitment }),
    schedulerApplication({ quotes }),
    stakingApplication(validatorNodes),
    vaultApplication(),
    ...(supplementarySanity === undefined ? [] : [supplementarySanityApplication(supplementarySanity)]),
  ];
}

export interface NetworkOptions
  extends ApplicationOptions, Omit<StateMachineOptions, "applications" | "auth" | "timeSource"> {}

/** The state machine of a network. */
export function networkStateMachine(options: NetworkOptions): StateMachine {
  const applications = allApplications(options);
  return new StateMachine({ ...options, applications, auth: stakingAuth, timeSource: beaconTimeSource });
}

/** The verifier of a network: its blacklist holds what the genesis document forbids. */
export function networkVerifier(
  document: genesis.Document,
  { allowTestKeys = false }: { readonly allowTestKeys?: boolean } = {},
): SignatureVerifier {
  const blacklist = new KeyBlacklist({ allowTestKeys });
  blacklist.addAll(document.consensus.params.publicKeyBlacklist);
  return new SignatureVerifier({ blacklist });
}
