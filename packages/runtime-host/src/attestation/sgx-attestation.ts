// The attestation of an SGX enclave to the network (go/runtime/host/sgx/provisioner.go): the quoting
// enclave vouches for the runtime, Intel for the quoting enclave, the runtime for this node.
import { encodeCbor } from "@wadi/codec";
import type { Signer } from "@wadi/crypto";
import { EMPTY, type CallOptions } from "@wadi/runtime-protocol";
import { endorseCapability } from "@wadi/tee";
import { node, type pcs, type quote } from "@wadi/types";
import { type HostLog, silentLog } from "../logs/host-log.ts";
import type { RuntimeConnection } from "../rhp/connect-runtime.ts";
import { errorText, plainError } from "../rhp/errors.ts";
import type { QuotingService } from "./quoting-service.ts";

/** For everything that one attestation waits for. */
const ATTESTATION_TIMEOUT_MS = 5 * 60_000;
const SGX_ATTESTATION_VERSION = 1;

/** Counts attestations, by outcome (`oasis_tee_attestations_*`). */
export interface AttestationMetrics {
  attested(outcome: "successful" | "failed"): void;
}

export interface SgxAttestationDeps {
  readonly quoting: QuotingService;
  readonly collateral: {
    resolve(rawQuote: Uint8Array, policy: pcs.QuotePolicy | null, signal?: AbortSignal): Promise<pcs.QuoteBundle>;
  };
  /** RONL: the policy of the registry's deployment for this version. Otherwise the built-in one counts. */
  readonly policy?: (signal: AbortSignal) => Promise<quote.Policy | null>;
  /** The key of the node, for endorsements. */
  readonly signer: Signer;
  readonly log?: HostLog;
  readonly metrics?: AttestationMetrics;
}

/** Attests the enclave at the other end. Rejects with what went wrong, in the reference's words. */
export async function attestSgx(
  connection: RuntimeConnection,
  deps: SgxAttestationDeps,
  signal: AbortSignal,
): Promise<node.CapabilityTEE> {
  const call: CallOptions = { timeoutMs: ATTESTATION_TIMEOUT_MS, signal };
  await updateTargetInfo(connection, deps.quoting, call, signal);
  const report = await failing("error while requesting worker quote and public RAK", () =>
    connection.request("RuntimeCapabilityTEERakReportRequest", EMPTY, call),
  );
  let attestation: Uint8Array;
  try {
    attestation = await attestReport(connection, deps, report.report, call, signal);
    deps.metrics?.attested("successful");
  } catch (e) {
    deps.metrics?.attested("failed");
    throw e;
  }
  const capability: node.CapabilityTEE = {
    hardware: node.teeHardware.intelSGX,
    rak: report.rakPub,
    rek: report.rekPub,
    attestation,
  };
  await endorse(connection, deps, capability, call);
  return capability;
}

/** The quoting enclave may have been replaced since the last time. */
async function updateTargetInfo(
  connection: RuntimeConnection,
  quoting: QuotingService,
  call: CallOptions,
  signal: AbortSignal,
): Promise<void> {
  await failing("error while updating TEE target info", async () => {
    const targetInfo = await quoting.targetInfo(signal);
    await connection.request("RuntimeCapabilityTEERakInitRequest", { targetInfo }, call);
  });
}

/** The report's quote with collateral, accepted and signed by the runtime; CBOR. */
async function attestReport(
  connection: RuntimeConnection,
  { quoting, collateral, policy }: SgxAttestationDeps,
  report: Uint8Array,
  call: CallOptions,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const rawQuote = await failing("failed to get quote", () => quoting.quote(report, signal));
  const wanted = await failing("failed to fetch RONL quote policy", async () => (await policy?.(signal)) ?? null);
  const bundle = await collateral.resolve(rawQuote, wanted?.pcs ?? null, signal);
  const resolved: quote.Quote = { ias: null, pcs: bundle };
  const { height, signature } = await failing("error while configuring quote", () =>
    connection.request("RuntimeCapabilityTEERakQuoteRequest", { quote: resolved }, call),
  );
  return encodeCbor(node.SGXAttestation, { v: SGX_ATTESTATION_VERSION, quote: resolved, height, signature });
}

/** Other components accept the enclave by its node's word. Failures do no harm to the attestation. */
async function endorse(
  connection: RuntimeConnection,
  { signer, log = silentLog }: SgxAttestationDeps,
  capability: node.CapabilityTEE,
  call: CallOptions,
): Promise<void> {
  if (!connection.info.features.endorsedCapabilityTee) return;
  try {
    const ect = endorseCapability(signer, capability);
    await connection.request("RuntimeCapabilityTEEUpdateEndorsementRequest", { ect }, call);
  } catch (e) {
    log.error("failed to update endorsement of local component", { err: errorText(e) });
  }
}

async function failing<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (e) {
    throw plainError(`${what}: ${errorText(e)}`, e);
  }
}
