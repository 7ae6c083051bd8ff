/** What turns the report of an enclave on this machine into a quote that others can verify. */
export interface QuotingService {
  /** The identity of the quoting enclave, for which reports must be made; it may change. */
  targetInfo(signal?: AbortSignal): Promise<Uint8Array>;
  /** The quote may have bytes behind it. */
  quote(report: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
}
