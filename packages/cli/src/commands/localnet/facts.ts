// What a running localnet has to tell, gathered from its node.
import { CommitteeState, type HostStatus } from "@wadi/api";
import { encodeJson } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import type { Localnet } from "@wadi/localnet";
import { BLOCK_TAG_TX_HASH } from "@wadi/mkvs";
import type { roothash } from "@wadi/types";
import { must, toHex } from "@wadi/util";

import { showBytes, showItem } from "../runtime/value-text.ts";

/** A transaction of the ParaTime in a block. */
export interface TransactionFacts {
  readonly hash: string;
  readonly input: Uint8Array;
  readonly output: Uint8Array;
  /** `key=value`, as text where they are one. */
  readonly tags: readonly string[];
}

export interface RoundFacts {
  readonly round: bigint;
  /** The consensus block that finalized it. */
  readonly height: number;
  readonly stateRoot: string;
  readonly ioRoot: string;
  readonly transactions: readonly TransactionFacts[];
}

export interface NetworkFacts {
  readonly height: number;
  readonly epoch: bigint;
  readonly round: bigint;
  readonly stateRoot: string;
  /** Of the hosted ParaTime, in words. */
  readonly host: string;
  /** What it takes long for, and what it failed at last, in sentences; none while all is well. */
  readonly trouble: readonly string[];
}

export function networkFacts({ node, worker }: Localnet): NetworkFacts {
  const { latestEpoch, latestHeight } = node.backend.status();
  const { header } = worker.latest.block;
  const { host: hosting, status } = worker.status().committee ?? {};
  const host = status === undefined ? "not started" : (JSON.parse(encodeJson(CommitteeState, status)) as string);
  return {
    height: latestHeight,
    epoch: latestEpoch,
    round: header.round,
    stateRoot: header.stateRoot,
    host,
    trouble: troubleOf(hosting),
  };
}

function troubleOf(host: HostStatus | undefined): readonly string[] {
  const calls = host?.calls?.map(({ call, limitSeconds, seconds }) => {
    return `${call} for ${seconds} s${limitSeconds ? ` (given up after ${limitSeconds} s)` : ""}`;
  });
  const faults = host?.faults?.map(({ fault, times }) => (times > 1n ? `${fault} (${times} times)` : fault));
  return [...(calls ?? []), ...(faults ?? [])];
}

export function roundFacts({ worker }: Localnet, annotated: roothash.AnnotatedBlock): RoundFacts {
  const block = must(annotated.block);
  const { ioRoot, round, stateRoot } = block.header;
  const tags = worker.client.tags(block).filter(({ txHash }) => txHash !== BLOCK_TAG_TX_HASH);
  const transactions = worker.client.transactions(block).map(({ input, output }) => {
    const hash = hashOf(input);
    return {
      hash,
      input,
      output: output ?? new Uint8Array(0),
      tags: tags
        .filter(({ txHash }) => txHash === hash)
        .map(({ key, value }) => `${showBytes(key)}=${showBytes(value)}`),
    };
  });
  return { round, height: annotated.consensusHeight, stateRoot, ioRoot, transactions };
}

/** An output as a person reads it. */
export function outputText(output: Uint8Array): string {
  return output.length === 0 ? "(empty)" : showItem(output);
}

/** For scripts. */
export function transactionJson({ hash, input, output, tags }: TransactionFacts): Readonly<Record<string, unknown>> {
  return { hash, input: toHex(input), output: toHex(output), result: outputText(output), tags };
}
