// Genesis documents and signers for tests of the engine.
import { oasisTimeouts, type EngineConfig, type EngineGenesis } from "@wadi/comet-core";
import { validatorChange } from "@wadi/comet-types";
import { testSigner, type MemorySigner } from "@wadi/crypto";

export const TEST_CHAIN_ID = "test-chain";
const GENESIS_TIME = 1_767_323_045_000_000_000n;

export function testValidators(count: number): MemorySigner[] {
  return Array.from({ length: count }, (_, i) => testSigner(`engine test validator ${i}`));
}

/** A chain whose validators have 10 of power each. */
export function testGenesis(signers: readonly MemorySigner[], initialHeight = 1): EngineGenesis {
  return {
    chainId: TEST_CHAIN_ID,
    genesisTime: GENESIS_TIME,
    initialHeight,
    consensusParams: {
      block: { maxBytes: 1 << 20, maxGas: -1n },
      evidence: { maxAgeNumBlocks: 100_000, maxAgeDuration: 1_000_000_000_000n, maxBytes: 1 << 16 },
      validator: { pubKeyTypes: ["ed25519"] },
      version: { app: 7n },
    },
    validators: signers.map(({ publicKey }) => validatorChange(publicKey, 10n)),
  };
}

/** Blocks as fast as they come. */
export function fastConfig(overrides: Partial<EngineConfig> = {}): EngineConfig {
  return {
    timeouts: oasisTimeouts(0),
    skipTimeoutCommit: true,
    createEmptyBlocks: true,
    emptyBlocksIntervalMs: 0,
    ...overrides,
  };
}
