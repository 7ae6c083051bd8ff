// What a node is told to trust beyond production enclaves.
// Reference: go/common/sgx/pcs/pcs.go, tcb.go, go/common/sgx/ias/avr.go (process-wide switches there).
import { TeeError } from "./errors.ts";
import type { Certificate } from "./x509/certificate.ts";
import { iasRoot, pcsRoot } from "./x509/intel-roots.ts";

/** Every switch is off on a real network. */
export interface TrustSwitches {
  /** Debug enclaves instead of production ones: with this on, production enclaves are refused. */
  readonly allowDebugEnclaves: boolean;
  /** Believe what a quote says: no certificate, signature or collateral is looked at. */
  readonly skipVerify: boolean;
  /** Accept platforms whose TCB is out of date or needs configuration. */
  readonly laxTcb: boolean;
  /** Accept enclaves signed with the published dummy key. */
  readonly allowTestKeys: boolean;
  /** Whom to trust instead of Intel, for simulated platforms. */
  readonly roots?: TrustRoots;
}

/** The certificates that chains must lead to. */
export interface TrustRoots {
  readonly pcs: Certificate;
  readonly ias: Certificate;
}

export const PRODUCTION_TRUST: TrustSwitches = Object.freeze({
  allowDebugEnclaves: false,
  skipVerify: false,
  laxTcb: false,
  allowTestKeys: false,
});

export function pcsRootOf(trust: TrustSwitches): Certificate {
  return trust.roots?.pcs ?? pcsRoot();
}

export function iasRootOf(trust: TrustSwitches): Certificate {
  return trust.roots?.ias ?? iasRoot();
}

/** MRSIGNER (hex) of the dummy key in the Fortanix SDK, with which anybody can sign. */
export const FORTANIX_DUMMY_MR_SIGNER = "9affcfae47b848ec2caf1c49b4b283531e1cc425f93582b36806e52a43d78d1a";

/** Refuses the signers that nobody may trust; `mrSigner` is lower-case hex. */
export function checkSigner(mrSigner: string, trust: TrustSwitches): void {
  if (mrSigner === FORTANIX_DUMMY_MR_SIGNER && !trust.allowTestKeys) throw new TeeError("mrSignerBlacklisted");
}

/** Debug enclaves run in debug mode only, production enclaves in production mode only. */
export function checkDebug(isDebug: boolean, trust: TrustSwitches): void {
  if (isDebug !== trust.allowDebugEnclaves) throw new TeeError("debugMismatch");
}
