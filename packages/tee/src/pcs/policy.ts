// The built-in quote policy and the rules about TDX modules.
// Reference: go/common/sgx/pcs/policy.go, quote.go `Quote.Verify`.
import type { pcs } from "@wadi/types";
import { bytesEqual } from "@wadi/util";

import { TeeError } from "../errors.ts";
import type { TdReport } from "../quote/td-report.ts";

/** In force where neither a deployment nor the network has a policy. */
export const DEFAULT_PCS_POLICY: pcs.QuotePolicy = Object.freeze({
  disabled: false,
  tcbValidityPeriod: 30,
  minTcbEvaluationDataNumber: 12,
  fmspcWhitelist: [],
  fmspcBlacklist: [],
  tdx: null,
});

/** Intel's own modules are signed with zeros. */
const INTEL_MODULE_SIGNER = new Uint8Array(48);

/** Refuses a domain whose TDX module is not allowed; with no list, Intel's modules are. */
export function checkTdxModule(policy: pcs.TdxQuotePolicy, { mrSeam, mrSignerSeam }: TdReport): void {
  const modules = policy.allowedTdxModules;
  const isAllowed =
    modules.length === 0
      ? bytesEqual(mrSignerSeam, INTEL_MODULE_SIGNER)
      : modules.some(
          (allowed) =>
            (allowed.mrSeam === null || bytesEqual(allowed.mrSeam, mrSeam)) &&
            bytesEqual(allowed.mrSignerSeam, mrSignerSeam),
        );
  if (!isAllowed) throw new TeeError("tdxModuleNotAllowed");
}
