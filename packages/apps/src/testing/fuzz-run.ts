// Random blocks on a recorded state, and what must hold of them whatever is in them.
import assert from "node:assert/strict";
import { decodeCbor } from "@wadi/codec";
import { addressOfKey } from "@wadi/comet-types";
import { Prng } from "@wadi/testing";
import { signature, transaction } from "@wadi/types";
import { isError, must } from "@wadi/util";

import { epoch } from "../beacon/state.ts";
import type { TransactionResult } from "../framework/block.ts";
import type { CheckResult } from "../framework/check.ts";
import { isRefusal } from "../framework/errors.ts";
import type { BlockInput, StateMachine } from "../framework/state-machine.ts";
import type { ReplayBlock } from "../replay/recorded-block.ts";
import { replayBlocks } from "../replay/replay.ts";
import { VALIDATORS, machineFrom, type FuzzSeed } from "./fuzz-network.ts";
import { FuzzTransactions } from "./fuzz-transactions.ts";
import { assertStakingInvariants } from "./staking-invariants.ts";
import { nodeSigner } from "./validators.ts";
