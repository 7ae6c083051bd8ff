// An executed block in the engine's own form, as it stores and serves it.
import { AbciResponses, ConsensusParamsMessage, publicKeyToMessage } from "@wadi/comet-types";
import { COMETBFT_APP_VERSION } from "@wadi/types";

import { toAbciEvents, toAbciResult } from "./block.ts";
import type { ExecutedBlock } from "./executed-block.ts";

/** Parameters of the engine never change after genesis; every block states the protocol version. */
export function toAbciResponses(executed: ExecutedBlock): AbciResponses {
  return AbciResponses.create({
    beginBlock: { events: toAbciEvents(executed.beginEvents) },
    deliverTxs: executed.transactions.map(toAbciResult),
    endBlock: {
      validatorUpdates: executed.validatorUpdates.map(({ publicKey, power }) => ({
        pubKey: publicKeyToMessage(publicKey),
        power,
      })),
      consensusParamUpdates: ConsensusParamsMessage.create({ version: { app: COMETBFT_APP_VERSION } }),
      events: toAbciEvents(executed.endEvents),
    },
  });
}
