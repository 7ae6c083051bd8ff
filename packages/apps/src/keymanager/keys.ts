// State keys of the key manager: master and ephemeral secrets, and CHURP schemes.
// Reference: go/consensus/cometbft/apps/keymanager/secrets/state/state.go, churp/state/state.go.
import { churp, secrets, type Namespace } from "@wadi/types";

import { hashedElement, u8Element } from "../framework/key-element.ts";
import { stateKey } from "../framework/state-key.ts";
import { cborValue } from "../framework/state-value.ts";

const runtime = hashedElement<Namespace>();

export const keys = {
  statuses: stateKey(0x70, "key manager statuses", { runtime }, cborValue(secrets.Status, "strict")),
  parameters: stateKey(0x71, "key manager parameters", {}, cborValue(secrets.ConsensusParameters, "strict")),
  /** Only the last proposal is kept. */
  masterSecrets: stateKey(
    0x72,
    "master secrets",
    { runtime },
    cborValue(secrets.SignedEncryptedMasterSecret, "strict"),
  ),
  /** Only the last one is kept. */
  ephemeralSecrets: stateKey(
    0x73,
    "ephemeral secrets",
    { runtime },
    cborValue(secrets.SignedEncryptedEphemeralSecret, "strict"),
  ),
  churpParameters: stateKey(0x74, "CHURP parameters", {}, cborValue(churp.ConsensusParameters, "strict")),
  churpStatuses: stateKey(0x75, "CHURP statuses", { runtime, id: u8Element }, cborValue(churp.Status, "strict")),
} as const;
