// What Intel publishes about platforms, signed: TCB info and quoting enclave identity.
// Reference: go/common/sgx/pcs/tcb.go `TCBBundle`, cache.go `readBundleMinTimestamp`.
import type { KeyObject } from "node:crypto";

import { decodeJson } from "@wadi/codec";
import type { pcs } from "@wadi/types";
import { bytesEqual } from "@wadi/util";

import { TeeError } from "../errors.ts";
import { hexBytes } from "../hex.ts";
import type { Moment } from "../moment.ts";
import type { TeeType } from "../quote/header.ts";
import type { SgxReport } from "../quote/sgx-report.ts";
import { pcsRootOf, type TrustSwitches } from "../trust.ts";
import { type Certificate, parseCertificates } from "../x509/certificate.ts";
import { verifyChain } from "../x509/chain.ts";
import { isP256, verifyP256 } from "../x509/signature.ts";
import { QEIdentity, TCBInfo } from "./collateral-schemas.ts";
import { checkQuotingEnclave, openQeIdentity } from "./qe-identity.ts";
import { checkPlatform, openTcbInfo, type PlatformVersions } from "./tcb-info.ts";
import { timestampNanos } from "./validity.ts";

const EMPTY = new Uint8Array(0);

/** What collateral is asked about, and how. */
export interface CollateralQuestion {
  readonly teeType: TeeType;
  readonly policy: pcs.QuotePolicy;
  readonly moment: Moment;
  readonly trust: TrustSwitches;
  readonly platform: PlatformVersions;
  readonly qeReport: SgxReport;
}

/** Refuses collateral that is not Intel's, and what it does not vouch for. Throws a TeeError. */
export function verifyCollateral(bundle: pcs.TCBBundle, question: CollateralQuestion): void {
  const { teeType, policy, moment, trust, platform, qeReport } = question;
  const key = collateralKey(bundle, moment, pcsRootOf(trust));
  const qeJson = signedJson(bundle.qeId.enclaveIdentity, bundle.qeId.signature, key);
  checkQuotingEnclave(openQeIdentity(qeJson, teeType, policy, moment), qeReport);
  const tcbJson = signedJson(bundle.tcbInfo.tcbInfo, bundle.tcbInfo.signature, key);
  checkPlatform(openTcbInfo(tcbJson, teeType, policy, moment), platform, trust.laxTcb);
}

function collateralKey(bundle: pcs.TCBBundle, moment: Moment, trustedRoot: Certificate): KeyObject {
  const certificates = parseCertificates(bundle.certs ?? EMPTY);
  const [leaf, root, ...more] = certificates;
  if (leaf === undefined || root === undefined || more.length > 0) {
    throw new TeeError("tcbChainLength", { context: String(certificates.length) });
  }
  verifyChain(leaf, undefined, trustedRoot, moment);
  if (!bytesEqual(root.raw, trustedRoot.raw)) throw new TeeError("chainRoot");
  if (!isP256(leaf.publicKey)) throw new TeeError("tcbKey");
  return leaf.publicKey;
}

/** The JSON, of which every byte is signed. */
function signedJson(json: Uint8Array | null, signature: string, key: KeyObject): Uint8Array {
  const bytes = json ?? EMPTY;
  if (!verifyP256(key, bytes, hexBytes(signature, 64, "tcbSignatureForm"))) throw new TeeError("tcbSignature");
  return bytes;
}

/** When Intel replaces the first part of this collateral, in Unix seconds; signatures are not looked at. */
export function collateralNextUpdate(bundle: pcs.TCBBundle): bigint {
  const dateOf = (nextUpdate: string): bigint => timestampNanos(nextUpdate, "nextUpdate") / 1_000_000_000n;
  const tcb = dateOf(decodeJson(TCBInfo, bundle.tcbInfo.tcbInfo ?? EMPTY).nextUpdate);
  const qe = dateOf(decodeJson(QEIdentity, bundle.qeId.enclaveIdentity ?? EMPTY).nextUpdate);
  return tcb < qe ? tcb : qe;
}
