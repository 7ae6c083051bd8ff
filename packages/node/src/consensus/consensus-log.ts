// What consensus has to tell an operator, as records of its modules.
import type { ValidatorEvents } from "@wadi/consensus";
import type { Logging } from "@wadi/telemetry";

const errorOf = (e: unknown): Error => (e instanceof Error ? e : new Error(String(e)));

export function consensusLog(logging: Logging): ValidatorEvents {
  const engine = logging.logger("cometbft");
  const application = logging.logger("cometbft/abci-mux");
  const beacon = logging.logger("cometbft/beacon");
  return {
    engine(notice) {
      if (notice.kind === "log-repaired") engine.warn("the damaged end of the write-ahead log was cut away");
      else if (notice.kind === "not-signed") engine.error("not signed", { err: notice.error });
      else if (notice.kind === "block" && engine.enabled("debug")) {
        const { header, txs } = notice.applied.block;
        engine.debug("block committed", { height: header.height, transactions: txs.length });
      }
    },
    proposalRejected: (height, reason) => application.warn("proposal rejected", { height, err: errorOf(reason) }),
    upgrade: (notice, { handler }) => application.info("upgrade", { handler, stage: notice }),
    upkeepFailed: (what, error) => application.error("upkeep failed", { what, err: errorOf(error) }),
    vrfFailed(error, epoch, willRetry) {
      if (willRetry) beacon.warn("the VRF proof was not accepted yet", { epoch, err: errorOf(error) });
      else beacon.error("the VRF proof was not accepted", { epoch, err: errorOf(error) });
    },
  };
}
