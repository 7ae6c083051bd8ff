import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fromHex, toHex, utf8, WadiError } from "@wadi/util";
import { AesmRequest, AesmResponse } from "./aesm-messages.ts";
import { AesmQuoting } from "./aesm-quoting.ts";

/** An identifier as Intel's service gives them. */
function keyId(algorithm: number, signerBytes = 32): Uint8Array {
  const id = Buffer.alloc(256);
  id.writeUInt16LE(signerBytes, 4);
  id.fill(algorithm, 6, 38);
  id.writeUInt32LE(algorithm, 154);
  return id;
}

const noResponse: AesmResponse = {
  initQuote: undefined,
  quoteSize: undefined,
  quote: undefined,
  keyCount: undefined,
  keys: undefined,
};

type Answer = (request: AesmRequest) => AesmResponse | Uint8Array;

/** A service with an EPID key, a damaged one and two good ones. */
const sound: Answer = (request) => {
  const keys = Buffer.concat([keyId(1), keyId(2, 31), keyId(2), keyId(2)]);
  if (request.keyCount) return { ...noResponse, keyCount: { error: 0, count: keys.length / 256 } };
  if (request.keys) return { ...noResponse, keys: { error: 0, keys } };
  if (request.initQuote) {
    const { withPublicKey, bufferSize } = request.initQuote;
    if (withPublicKey === 0) return { ...noResponse, initQuote: { error: 0, targetInfo: utf8(""), publicKeySize: 32 } };
    assert.equal(bufferSize, 32);
    return { ...noResponse, initQuote: { error: 0, targetInfo: utf8("target info"), publicKeySize: 32 } };
  }
  if (request.quoteSize) return { ...noResponse, quoteSize: { error: 0, size: 4000 } };
  assert.equal(request.quote?.bufferSize, 4000);
  assert.equal(request.quote.timeout, 1_000_000);
  return { ...noResponse, quote: { error: 0, quote: request.quote.report } };
};

async function service(
  answer: Answer,
): Promise<AsyncDisposable & { readonly quoting: AesmQuoting; readonly requests: AesmRequest[] }> {
  const folder = await mkdtemp(join(tmpdir(), "aesm-test-"));
  const path = join(folder, "aesm.socket");
  const requests: AesmRequest[] = [];
  const server = createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readUInt32LE()) return;
      const request = AesmRequest.decode(received.subarray(4));
      requests.push(request);
      const answered = answer(request);
      const body = answered instanceof Uint8Array ? answered : AesmResponse.encode(answered);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(body.length);
      // In two pieces, and with one request per connection.
      socket.write(length);
      socket.end(body);
    });
  });
  server.listen(path);
  await once(server, "listening");
  return {
    quoting: new AesmQuoting(path),
    requests,
    async [Symbol.asyncDispose]() {
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

test("chooses the first ECDSA key and quotes reports with it", async () => {
  await using aesm = await service(sound);
  await assert.rejects(aesm.quoting.quote(utf8("report")), { message: "not initialized" });
  assert.deepEqual(Buffer.from(await aesm.quoting.targetInfo()), Buffer.from("target info"));
  assert.deepEqual(Buffer.from(await aesm.quoting.quote(utf8("report"))), Buffer.from("report"));
  const last = aesm.requests.at(-1)?.quote;
  assert.equal(toHex(last?.keyId ?? utf8("")), toHex(keyId(2)));
});

test("requests are as the service's library writes them, zeros of required members included", async () => {
  const request: AesmRequest = {
    initQuote: { keyId: fromHex("aa"), withPublicKey: 0, bufferSize: 0, timeout: 1_000_000 },
    quoteSize: undefined,
    quote: undefined,
    keyCount: undefined,
    keys: undefined,
  };
  assert.equal(toHex(AesmRequest.encode(request)), "7a090a01aa180048c0843d");
  assert.equal(AesmResponse.decode(fromHex("7a021a00".replace("1a00", "1820"))).initQuote?.error, 1);
});

test("errors of the service name the step", async () => {
  await using failing = await service((request) =>
    request.initQuote
      ? { ...noResponse, initQuote: { error: 12, targetInfo: utf8(""), publicKeySize: 0 } }
      : sound(request),
  );
  await assert.rejects(failing.quoting.targetInfo(), { message: "aesm: get public key size: error 12" });
  await using none = await service((request) =>
    request.keyCount
      ? { ...noResponse, keyCount: { error: 0, count: 1 } }
      : { ...noResponse, keys: { error: 0, keys: keyId(0) } },
  );
  await assert.rejects(none.quoting.targetInfo(), { message: "no suitable ECDSA attestation keys found" });
});

test("malformed answers are refused", async () => {
  const answers: readonly [string, Answer][] = [
    ["another answer", () => ({ ...noResponse, quoteSize: { error: 0, size: 1 } })],
    ["too many keys", () => ({ ...noResponse, keyCount: { error: 0, count: 1_000_000 } })],
    ["wrong length of keys", (r) => (r.keys ? { ...noResponse, keys: { error: 0, keys: utf8("x") } } : sound(r))],
    ["garbage", () => fromHex("ffffffff")],
  ];
  for (const [name, answer] of answers) {
    await using aesm = await service(answer);
    await assert.rejects(aesm.quoting.targetInfo(), (e) => e instanceof WadiError, name);
  }
  await using aborted = await service(sound);
  const reason = new Error("stopped");
  await assert.rejects(aborted.quoting.targetInfo(AbortSignal.abort(reason)));
  await assert.rejects(new AesmQuoting("/nonexistent/aesm.socket").targetInfo(), /ENOENT/);
});
