// Whether a quoting enclave is Intel's and up to date. Reference: go/common/sgx/pcs/tcb.go `QEIdentity`.
import { decodeJson } from "@wadi/codec";
import type { pcs } from "@wadi/types";
import { toHex } from "@wadi/util";

import { TeeError } from "../errors.ts";
import type { Moment } from "../moment.ts";
import { hexBytes } from "../hex.ts";
import { u32At, u64At } from "../little-endian.ts";
import { type TeeType, teeTypes } from "../quote/header.ts";
import type { SgxReport } from "../quote/sgx-report.ts";
import { QEIdentity, tcbStatuses } from "./collateral-schemas.ts";
import { checkDates } from "./validity.ts";

const REQUIRED_VERSION = 2;

const ids: Readonly<Record<TeeType, string>> = { [teeTypes.sgx]: "QE", [teeTypes.tdx]: "TD_QE" };

/** Reads signed JSON and checks that it is of use here and now. Throws a TeeError. */
export function openQeIdentity(
  json: Uint8Array,
  teeType: TeeType,
  policy: pcs.QuotePolicy,
  moment: Moment,
): QEIdentity {
  let identity: QEIdentity;
  try {
    identity = decodeJson(QEIdentity, json);
  } catch (e) {
    throw new TeeError("qeIdentityBody", { cause: e });
  }
  if (identity.id !== ids[teeType]) throw new TeeError("qeIdentityId", { context: identity.id });
  if (identity.version !== REQUIRED_VERSION) {
    throw new TeeError("qeIdentityVersion", { context: String(identity.version) });
  }
  const kinds = { future: "qeIdentityFuture", expired: "qeIdentityExpired" } as const;
  checkDates(identity, policy.tcbValidityPeriod, moment, kinds);
  if (identity.tcbEvaluationDataNumber < policy.minTcbEvaluationDataNumber) throw new TeeError("qeIdentityNumber");
  return identity;
}

/** Refuses the report of an enclave that is not the one described, or of an outdated version. */
export function checkQuotingEnclave(identity: QEIdentity, report: SgxReport): void {
  const bytes = (text: string, size: number): Uint8Array => hexBytes(text, size, "qeMalformed");
  if (toHex(bytes(identity.mrsigner, 32)) !== report.mrSigner) throw new TeeError("qeMrSigner");
  if (identity.isvprodid !== report.isvProdId) throw new TeeError("qeProductId");

  const miscSelect = u32At(bytes(identity.miscselect, 4), 0);
  const miscSelectMask = u32At(bytes(identity.miscselectMask, 4), 0);
  if (((report.miscSelect & miscSelectMask) ^ miscSelect) !== 0) throw new TeeError("qeMiscSelect");

  const attributes = bytes(identity.attributes, 16);
  const mask = bytes(identity.attributesMask, 16);
  const hasFlags = (report.flags & u64At(mask, 0)) === u64At(attributes, 0);
  const hasXfrm = (report.xfrm & u64At(mask, 8)) === u64At(attributes, 8);
  if (!hasFlags || !hasXfrm) throw new TeeError("qeAttributes");

  const level = identity.tcbLevels.find(({ tcb }) => tcb.isvsvn <= report.isvSvn);
  if (level === undefined) throw new TeeError("qeLevelUnknown");
  if (level.tcbStatus !== tcbStatuses.upToDate) throw new TeeError("tcbOutOfDate", { context: "QE" });
}
