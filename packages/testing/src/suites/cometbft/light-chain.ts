// The generated chain of light blocks that light client and evidence vectors share.
import { must, fromHex } from "@wadi/util";
import { decodeLightBlock, validateLightBlock, type LightBlock } from "@wadi/comet-types";
import { loadVector } from "../../vectors.ts";
import type { TimeVector } from "./shared.ts";

export interface LightBlockVector {
  readonly height: number;
  readonly hash: string;
  readonly light_block_proto: string;
}

export interface SingleStepVector {
  readonly name: string;
  readonly now: TimeVector;
  readonly trust_level: string;
  readonly trusted: number;
  readonly trusting_period_seconds: number;
  readonly untrusted: number;
  readonly untrusted_light_block_proto?: string;
  readonly error: { readonly kind: string; readonly text: string } | null;
}

export interface RunVector {
  readonly name: string;
  readonly target: number;
  readonly evidence_sent_to_primary?: readonly string[];
  readonly evidence_sent_to_witness?: readonly string[];
}

export interface LightClientVector {
  readonly chain_id: string;
  readonly blocks: readonly LightBlockVector[];
  readonly forged: Readonly<Record<string, string>>;
  readonly single: readonly SingleStepVector[];
  readonly runs: readonly RunVector[];
}

export function loadLightClientVector(): LightClientVector {
  return must(loadVector<LightClientVector>("cometbft/light_client"));
}

/** The chain by height. */
export function lightChain({ blocks, chain_id: chainId }: LightClientVector): ReadonlyMap<number, LightBlock> {
  return new Map(
    blocks.map(({ height, light_block_proto: form }) => [
      height,
      validateLightBlock(decodeLightBlock(fromHex(form)), chainId),
    ]),
  );
}
