import type { EngineVerifier, TimeNs } from "@wadi/comet-types";
import type { EngineGenesis } from "../../genesis-state.ts";
import type { Schedule } from "@wadi/testing";
import type { SimEvent } from "./events.ts";
import type { Judge } from "./judge.ts";
import type { Network } from "./network.ts";
import type { Sabotage } from "./sabotage.ts";
import type { Scenario } from "./scenario.ts";
import type { ToyRules } from "./toy-application.ts";

/** What the nodes live in. */
export interface World {
  readonly scenario: Scenario;
  readonly genesis: EngineGenesis;
  readonly rules: ToyRules;
  readonly verifier: EngineVerifier;
  readonly judge: Judge;
  readonly schedule: Schedule<SimEvent>;
  readonly network: Network;
  readonly sabotage: Sabotage | undefined;
  timeOf(node: number): TimeNs;
  /** Puts a line into the trace. */
  note(node: number, text: string): void;
}
