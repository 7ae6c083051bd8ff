// Whether a platform is up to date. Reference: go/common/sgx/pcs/tcb.go `TCBInfo`.
import { decodeJson } from "@wadi/codec";
import type { pcs } from "@wadi/types";
import { bytesEqual } from "@wadi/util";

import { TeeError } from "../errors.ts";
import type { Moment } from "../moment.ts";
import { hexBytes } from "../hex.ts";
import { type TeeType, teeTypes } from "../quote/header.ts";
import { TCBInfo, type TCBLevel, tcbStatuses } from "./collateral-schemas.ts";
import type { PckInfo } from "./pck.ts";
import { checkDates } from "./validity.ts";

const REQUIRED_VERSION = 3;

const ids: Readonly<Record<TeeType, string>> = { [teeTypes.sgx]: "SGX", [teeTypes.tdx]: "TDX" };

/** Reads signed JSON and checks that it is of use here and now. Throws a TeeError. */
export function openTcbInfo(json: Uint8Array, teeType: TeeType, policy: pcs.QuotePolicy, moment: Moment): TCBInfo {
  let info: TCBInfo;
  try {
    info = decodeJson(TCBInfo, json);
  } catch (e) {
    throw new TeeError("tcbInfoBody", { cause: e });
  }
  if (info.id !== ids[teeType]) throw new TeeError("tcbInfoId", { context: info.id });
  if (info.version !== REQUIRED_VERSION) throw new TeeError("tcbInfoVersion", { context: String(info.version) });
  checkDates(info, policy.tcbValidityPeriod, moment, { future: "tcbInfoFuture", expired: "tcbInfoExpired" });
  if (info.tcbEvaluationDataNumber < policy.minTcbEvaluationDataNumber) throw new TeeError("tcbInfoNumber");
  // The lists are compared as text: letter case counts.
  const { fmspcWhitelist, fmspcBlacklist } = policy;
  if (fmspcWhitelist.length > 0 && !fmspcWhitelist.includes(info.fmspc)) throw new TeeError("fmspcNotWhitelisted");
  if (fmspcBlacklist.includes(info.fmspc)) throw new TeeError("fmspcBlacklisted");
  return info;
}

/** Versions of a platform's parts. */
export interface PlatformVersions extends Pick<PckInfo, "fmspc" | "tcbCompSvns" | "pceSvn"> {
  /** Of the TDX module and what loads it, 16 bytes; undefined for SGX. */
  readonly teeTcbSvn: Uint8Array | undefined;
}

/** Refuses a platform of another kind, or of a level that is not good enough. */
export function checkPlatform(info: TCBInfo, platform: PlatformVersions, laxTcb: boolean): void {
  const fmspc = hexBytes(info.fmspc, undefined, "fmspcMalformed");
  if (!bytesEqual(fmspc, platform.fmspc)) throw new TeeError("fmspcMismatch");
  const level = info.tcbLevels.find((candidate) => matches(candidate, platform));
  if (level === undefined) throw new TeeError("tcbLevelUnknown");
  if (level.tcbStatus === tcbStatuses.missing) throw new TeeError("tcbStatusMissing");
  if (platform.teeTcbSvn !== undefined) checkTdxModuleLevel(info, platform.teeTcbSvn);
  if (!isGoodEnough(level.tcbStatus, laxTcb)) throw new TeeError("tcbOutOfDate", { context: "platform" });
}

function isGoodEnough(status: number, laxTcb: boolean): boolean {
  switch (status) {
    case tcbStatuses.upToDate:
    case tcbStatuses.swHardeningNeeded:
      return true;
    case tcbStatuses.outOfDate:
    case tcbStatuses.configurationNeeded:
    case tcbStatuses.outOfDateConfigurationNeeded:
      return laxTcb;
    default:
      return false;
  }
}

/** Whether every part of the platform has at least the level's version. */
function matches({ tcb }: TCBLevel, { tcbCompSvns, pceSvn, teeTcbSvn }: PlatformVersions): boolean {
  if (tcb.sgxtcbcomponents.some(({ svn }, i) => (tcbCompSvns[i] ?? 0) < svn)) return false;
  if (pceSvn < tcb.pcesvn) return false;
  if (teeTcbSvn === undefined) return true;
  // The first two belong to the TDX module, which has its own levels if it says its major version.
  const from = teeTcbSvn[1] === 0 ? 0 : 2;
  return tcb.tdxtcbcomponents.every(({ svn }, i) => i < from || (teeTcbSvn[i] ?? 0) >= svn);
}

/** Refuses a TDX module that is unknown or not up to date; modules of major version 0 have no levels. */
function checkTdxModuleLevel(info: TCBInfo, [minor = 0, major = 0]: Uint8Array): void {
  if (major === 0) return;
  const id = `TDX_${String(major).padStart(2, "0")}`;
  const module = info.tdxModuleIdentities.find((identity) => identity.id === id);
  if (module === undefined) throw new TeeError("tdxModuleUnknown");
  const level = module.tcbLevels.find(({ tcb }) => tcb.isvsvn <= minor);
  if (level === undefined) throw new TeeError("tdxModuleLevelUnknown");
  if (level.tcbStatus !== tcbStatuses.upToDate) throw new TeeError("tcbOutOfDate", { context: "TDX module" });
}
