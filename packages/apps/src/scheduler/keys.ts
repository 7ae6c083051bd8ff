// State keys of the scheduler. Reference: go/consensus/cometbft/apps/scheduler/state/state.go.
import { map, type Schema } from "@wadi/codec";
import { PublicKey, scheduler, type Namespace } from "@wadi/types";

import { hashedElement, u8Element } from "../framework/key-element.ts";
import { stateKey } from "../framework/state-key.ts";
import { cborValue, type ValueFormat } from "../framework/state-value.ts";

const strict = <V>(schema: Schema<V>): ValueFormat<V> => cborValue(schema, "strict");

/** By consensus key. */
const ValidatorSet = map(PublicKey, scheduler.Validator);

export const keys = {
  committees: stateKey(
    0x60,
    "committees",
    { kind: u8Element, runtime: hashedElement<Namespace>() },
    strict(scheduler.Committee),
  ),
  currentValidators: stateKey(0x61, "current validators", {}, strict(ValidatorSet)),
  /** From the election in BeginBlock to the EndBlock of the same block. */
  pendingValidators: stateKey(0x62, "pending validators", {}, strict(ValidatorSet)),
  parameters: stateKey(0x63, "scheduler parameters", {}, strict(scheduler.ConsensusParameters)),
} as const;
