// Quotes from Intel's service on this machine (go/common/sgx/aesm, go/runtime/host/sgx/ecdsa.go): a
// unix socket that takes one request per connection, with a length of four bytes, little-endian.
import { connect } from "node:net";
import { plainError } from "../rhp/errors.ts";
import { AesmRequest, AesmResponse } from "./aesm-messages.ts";
import type { QuotingService } from "./quoting-service.ts";

/** Where the service listens. */
export const AESM_SOCKET = "/var/run/aesmd/aesm.socket";

const TIMEOUT_US = 1_000_000;
/** For one request, with the connection; the service itself gives up after `TIMEOUT_US`. */
const TRANSACTION_MS = 5000;
const LENGTH_BYTES = 4;
const MAX_RESPONSE_BYTES = 1 << 20;

const KEY_ID_BYTES = 256;
const MAX_KEYS = 64;
const SIGNER_BYTES = 32;
const ALGORITHM_ECDSA_P256 = 2;

const malformed = (): Error => plainError("aesm: malformed response");

/** Sends a request and reads the answer to it. */
async function transact(path: string, request: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
  const limit = AbortSignal.timeout(TRANSACTION_MS);
  const socket = connect({ path, signal: signal === undefined ? limit : AbortSignal.any([signal, limit]) });
  const framed = Buffer.alloc(LENGTH_BYTES + request.length);
  framed.writeUInt32LE(request.length);
  framed.set(request, LENGTH_BYTES);
  socket.write(framed);
  const chunks: Buffer[] = [];
  let received = 0;
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      received += chunk.length;
      if (received < LENGTH_BYTES) continue;
      const answer = Buffer.concat(chunks);
      const length = answer.readUInt32LE();
      if (length > MAX_RESPONSE_BYTES) throw malformed();
      if (answer.length >= LENGTH_BYTES + length) return answer.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
      chunks.splice(0, chunks.length, answer);
    }
  } finally {
    socket.destroy();
  }
  throw malformed();
}

const noRequest: AesmRequest = {
  initQuote: undefined,
  quoteSize: undefined,
  quote: undefined,
  keyCount: undefined,
  keys: undefined,
};

/** Whether a key identifier is of a key that makes quotes as Intel's PCS has them. */
function isEcdsaKey(keyId: Buffer): boolean {
  return keyId.readUInt16LE(4) === SIGNER_BYTES && keyId.readUInt32LE(154) === ALGORITHM_ECDSA_P256;
}

export class AesmQuoting implements QuotingService {
  readonly #path: string;
  /** Of the key whose quoting enclave reports are made for. */
  #keyId: Uint8Array | undefined;

  constructor(path: string = AESM_SOCKET) {
    this.#path = path;
  }

  async targetInfo(signal?: AbortSignal): Promise<Uint8Array> {
    const keyId = await this.#selectKey(signal);
    const timeout = TIMEOUT_US;
    const sizing = { keyId, withPublicKey: 0, bufferSize: 0, timeout };
    const { publicKeySize } = await this.#ask("initQuote", sizing, "get public key size", signal);
    const asking = { keyId, withPublicKey: 1, bufferSize: publicKeySize, timeout };
    const { targetInfo } = await this.#ask("initQuote", asking, "get QE target info", signal);
    this.#keyId = keyId;
    return targetInfo;
  }

  async quote(report: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    const keyId = this.#keyId;
    if (keyId === undefined) throw plainError("not initialized");
    const { size } = await this.#ask("quoteSize", { keyId, timeout: TIMEOUT_US }, "get quote size", signal);
    const asking = { report, keyId, bufferSize: size, timeout: TIMEOUT_US };
    return (await this.#ask("quote", asking, "get quote", signal)).quote;
  }

  /** The first suitable key of the service. */
  async #selectKey(signal?: AbortSignal): Promise<Uint8Array> {
    const counting = "get supported attestation key count";
    const { count } = await this.#ask("keyCount", { timeout: TIMEOUT_US }, counting, signal);
    if (count > MAX_KEYS) throw malformed();
    const bufferSize = count * KEY_ID_BYTES;
    const listing = "get supported attestation key IDs";
    const { keys } = await this.#ask("keys", { bufferSize, timeout: TIMEOUT_US }, listing, signal);
    if (keys.length !== bufferSize) throw malformed();
    for (let at = 0; at < bufferSize; at += KEY_ID_BYTES) {
      const keyId = Buffer.from(keys.subarray(at, at + KEY_ID_BYTES));
      if (isEcdsaKey(keyId)) return keyId;
    }
    throw plainError("no suitable ECDSA attestation keys found");
  }

  async #ask<K extends keyof AesmRequest>(
    kind: K,
    content: NonNullable<AesmRequest[K]>,
    what: string,
    signal?: AbortSignal,
  ): Promise<NonNullable<AesmResponse[K]>> {
    const request = AesmRequest.encode({ ...noRequest, [kind]: content });
    const answer = AesmResponse.decode(await transact(this.#path, request, signal))[kind];
    if (answer === undefined) throw malformed();
    if (answer.error !== 0) throw plainError(`aesm: ${what}: error ${answer.error}`);
    return answer as NonNullable<AesmResponse[K]>;
  }
}
