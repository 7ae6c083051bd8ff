import { body, type Body } from "@wadi/runtime-protocol";
import type { RuntimeDefinition } from "../definition.ts";
import { checkBatch } from "./check.ts";
import { executeBatch } from "./execute.ts";
import { runQuery } from "./query.ts";
import type { BatchServices } from "./services.ts";

/** The requests that runtime code answers. */
const batchRequests = ["RuntimeCheckTxBatchRequest", "RuntimeExecuteTxBatchRequest", "RuntimeQueryRequest"] as const;
export type BatchRequest = Body<(typeof batchRequests)[number]>;

export function isBatchRequest(request: Body): request is BatchRequest {
  return (batchRequests as readonly string[]).includes(request.type);
}

/** Answers a request with the runtime's code. What it throws is the answer of type Error. */
export function handleBatchRequest(runtime: RuntimeDefinition, request: BatchRequest, services: BatchServices): Body {
  switch (request.type) {
    case "RuntimeCheckTxBatchRequest":
      return body("RuntimeCheckTxBatchResponse", checkBatch(runtime, request.value, services));
    case "RuntimeExecuteTxBatchRequest":
      return body("RuntimeExecuteTxBatchResponse", executeBatch(runtime, request.value, services));
    case "RuntimeQueryRequest":
      return body("RuntimeQueryResponse", runQuery(runtime, request.value, services));
  }
}
