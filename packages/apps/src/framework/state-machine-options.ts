// What a state machine is made of.
import type { Time } from "@wadi/codec";
import type { ChainContext, SignatureVerifier } from "@wadi/crypto";
import type { genesis } from "@wadi/types";

import type { Application } from "./application.ts";
import type { DebugSwitches, HaltConfig, LocalPolicy, TimeSource, TransactionAuth, Upgrader } from "./ports.ts";
import type { StateStore } from "./state-store.ts";

export interface StateMachineOptions {
  /** In order of registration, which is the order in which messages are delivered. */
  readonly applications: readonly Application[];
  readonly auth: TransactionAuth;
  readonly timeSource: TimeSource;
  readonly store: StateStore;
  readonly document: genesis.Document;
  /** Its blacklist is the network's. */
  readonly verifier: SignatureVerifier;
  readonly upgrader?: Upgrader;
  readonly local?: LocalPolicy;
  readonly halt?: HaltConfig;
  readonly debug?: DebugSwitches;
  /** The chain context, where it is not to be computed from the document. */
  readonly chainContext?: ChainContext;
  /** Time of the last committed block, where the machine continues from a store. */
  readonly lastBlockTime?: Time;
}
