// The part of apps/runtime-hashes about faults of nodes.
import assert from "node:assert/strict";
import { registryApp } from "@wadi/apps";
import { encodeCbor } from "@wadi/codec";
import { namespaceFromHex } from "@wadi/crypto";
import { registry } from "@wadi/types";
import { toHex } from "@wadi/util";

import type { Recorder } from "../../ledger.ts";

export interface FaultFile {
  readonly fault_runtime_id: string;
  readonly fault_sequence: readonly {
    readonly epoch: number;
    readonly failure: boolean;
    readonly status_cbor: string;
  }[];
}

/** One status through failures and successes. */
export function runFaultSequence(r: Recorder, file: FaultFile): void {
  const runtime = namespaceFromHex(file.fault_runtime_id);
  let status = registry.NodeStatus.zero();
  for (const { epoch, failure, status_cbor: expected } of file.fault_sequence) {
    const record = failure ? registryApp.nodeFaults.recordFailure : registryApp.nodeFaults.recordSuccess;
    status = record(status, runtime, BigInt(epoch));
    r.case(`${failure ? "failure" : "success"} before epoch ${epoch}`, () => {
      assert.equal(toHex(encodeCbor(registry.NodeStatus, status)), expected);
    });
  }
}
