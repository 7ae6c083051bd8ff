// Bundles from registries: a registry is a folder on the web with a file per manifest hash, which
// holds the bundle's URL. Reference: go/runtime/bundle/manager.go `tryDownloadBundle`.
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import type { Hash } from "@wadi/types";

import { BundleError, messageOf } from "./errors.ts";

/** For one request with its answer. */
const REQUEST_TIMEOUT_MS = 60_000;
/** More of a metadata file is not read. */
const MAX_METADATA_BYTES = 2048;

export interface DownloadOptions {
  /** A body of this size or more is refused. */
  readonly maxBundleBytes: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Throws a BundleError unless it is an absolute URL of the web. */
export function validateRegistryUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch (e) {
    throw new BundleError("download", `invalid URL '${text}': ${messageOf(e)}`, { cause: e });
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new BundleError(
      "download",
      `invalid URL '${text}': unsupported protocol scheme "${url.protocol.slice(0, -1)}"`,
    );
  }
  return url.href;
}

/** Where a registry says what a bundle's URL is: the base, one slash, 64 digits. */
export function metadataUrl(base: string, manifestHash: Hash): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${manifestHash}`;
  return url.href;
}

/**
 * Downloads a bundle to a new file in `directory`, which is the caller's from then on. It is not
 * verified. Throws a BundleError or the signal's reason; then no file is left.
 */
export async function downloadBundle(
  base: string,
  manifestHash: Hash,
  directory: string,
  options: DownloadOptions,
): Promise<string> {
  let bundleUrl: string;
  try {
    bundleUrl = await fetchMetadata(metadataUrl(base, manifestHash), options);
  } catch (e) {
    throw failure("failed to download metadata", e, options);
  }
  bundleUrl = validateRegistryUrl(bundleUrl);
  const path = join(directory, `oasis-bundle-${manifestHash}-${process.hrtime.bigint()}.orc`);
  try {
    await fetchBundle(bundleUrl, path, options);
    return path;
  } catch (e) {
    await rm(path, { force: true });
    throw failure("failed to download bundle", e, options);
  }
}

function failure(what: string, e: unknown, { signal }: DownloadOptions): unknown {
  if (signal?.aborted === true) return signal.reason;
  return new BundleError("download", `${what}: ${describe(e)}`, { cause: e });
}

/** `fetch` says what went wrong in the cause. */
function describe(e: unknown): string {
  return e instanceof Error && e.cause instanceof Error ? `${e.message}: ${e.cause.message}` : messageOf(e);
}

async function get(url: string, what: string, options: DownloadOptions): Promise<ReadableStream<Uint8Array>> {
  const { timeoutMs = REQUEST_TIMEOUT_MS, signal } = options;
  const limits = [AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])];
  const response = await fetch(url, { signal: AbortSignal.any(limits) });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new BundleError("download", `failed to fetch ${what}: invalid status code ${response.status}`);
  }
  return response.body;
}

async function fetchMetadata(url: string, options: DownloadOptions): Promise<string> {
  let bytes = Buffer.alloc(0);
  // Leaving the loop ends the transfer.
  for await (const chunk of await get(url, "metadata", options)) {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length >= MAX_METADATA_BYTES) break;
  }
  return bytes.subarray(0, MAX_METADATA_BYTES).toString("utf8").trim();
}

async function fetchBundle(url: string, path: string, options: DownloadOptions): Promise<void> {
  const { maxBundleBytes } = options;
  const limited = async function* (body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size >= maxBundleBytes) {
        throw new BundleError("tooLarge", `bundle exceeds size limit of ${maxBundleBytes} bytes`);
      }
      yield chunk;
    }
  };
  const body = await get(url, "bundle", options);
  await pipeline(Readable.fromWeb(body), limited, createWriteStream(path, { mode: 0o600, flags: "wx" }));
}
