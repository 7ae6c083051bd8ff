// Some transactions of the sample ParaTime, sent as other programs send them: over the socket.
import { RuntimeClient, type SubmitTxMetaResponse } from "@wadi/api";
import { encodeCbor } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import type { Localnet } from "@wadi/localnet";
import { must, utf8 } from "@wadi/util";

import { Call } from "../runtime/call.ts";
import { encodeJsonText, showBytes } from "../runtime/value-text.ts";

export interface DemoStep {
  readonly method: string;
  /** JSON. */
  readonly args: string;
  readonly hash: string;
  readonly round: bigint;
  readonly output: Uint8Array;
  readonly tags: readonly string[];
  readonly stateRoot: string;
  /** From sending it to having its result. */
  readonly ms: number;
}

const CALLS: readonly (readonly [method: string, args: string])[] = [
  ["insert", '{"key":"wadi","value":"a dry valley that floods"}'],
  ["get", '{"key":"wadi"}'],
  ["insert", '{"key":"wadi","value":"a ParaTime node"}'],
  ["remove", '{"key":"wadi"}'],
];

/** The ParaTime does not know the calls of the sample, or refused one. */
export class DemoRefused extends Error {
  override readonly name = "DemoRefused";
}

/** Sends one after the other, each when the one before is final. Throws DemoRefused. */
export async function* runDemo({
  connect,
  runtimeId,
}: Pick<Localnet, "runtimeId"> & { connect(): ReturnType<Localnet["connect"]> }): AsyncGenerator<DemoStep> {
  using connection = connect();
  const client = connection.of(RuntimeClient);
  // Nonces count for each sender, and a network that was kept has seen earlier ones.
  const sender = utf8(`demo ${Date.now()}`);
  for (const [i, [method, args]] of CALLS.entries()) {
    const data = encodeCbor(Call, { sender, nonce: BigInt(i), method, args: encodeJsonText(args) });
    const start = performance.now();
    const result = await client.SubmitTxMeta({ runtimeId, data });
    const ms = performance.now() - start;
    requireAccepted(result, method);
    const round = must(result.round);
    const { header } = await client.GetBlock({ runtimeId, round });
    const events = (await client.GetEvents({ runtimeId, round })) ?? [];
    const hash = hashOf(data);
    const tags = events.flatMap((event) =>
      event?.txHash === hash ? [`${showBytes(event.key)}=${showBytes(event.value)}`] : [],
    );
    yield {
      method,
      args,
      hash,
      round,
      output: result.data ?? new Uint8Array(0),
      tags,
      stateRoot: header.stateRoot,
      ms,
    };
  }
}

function requireAccepted({ checkTxError }: SubmitTxMetaResponse, method: string): void {
  if (checkTxError === null || checkTxError === undefined) return;
  const { code, message, module } = checkTxError;
  throw new DemoRefused(
    `the ParaTime refused "${method}": ${message ?? ""} (${module ?? ""}, ${code ?? 0}); ` +
      "the demonstration speaks the calls of the sample",
  );
}
