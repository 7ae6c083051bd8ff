import type { BodyValue } from "@wadi/runtime-protocol";
import type { RuntimeDefinition } from "../definition.ts";
import { callError, ErrUnknownMethod } from "../errors.ts";
import { attempt } from "./check.ts";
import { Round } from "./round.ts";
import type { BatchServices } from "./services.ts";

/** Answers RuntimeQueryRequest. */
export function runQuery<Tx>(
  runtime: RuntimeDefinition<Tx>,
  request: BodyValue<"RuntimeQueryRequest">,
  services: BatchServices,
): BodyValue<"RuntimeQueryResponse"> {
  const { header, epoch, maxMessages, consensusBlock, method: name, args } = request;
  const { queries = {} } = runtime;
  const consensusHeight = consensusBlock.height;
  const round = new Round({ header, epoch, consensusHeight, maxMessages, roundResults: null }, services);
  try {
    const answer = attempt(round, () => {
      const found = Object.hasOwn(queries, name) ? queries[name] : undefined;
      if (found === undefined) throw runtime.unknownMethod?.(name) ?? callError(ErrUnknownMethod, name);
      return round.nested(() => found.run(round.queryContext(true), args), false);
    });
    if ("error" in answer) throw answer.error;
    return { data: answer.value };
  } finally {
    round.close();
  }
}
