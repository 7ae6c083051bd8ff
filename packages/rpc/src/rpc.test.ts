import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Client, Metadata, credentials, type ServiceError } from "@grpc/grpc-js";
import { i64Number, nullable, struct, text, u64 } from "@wadi/codec";
import { WadiError, isError, registerError } from "@wadi/util";

import { RpcConnection } from "./client.ts";
import { RpcServer } from "./server.ts";
import { service, stream, unary } from "./service.ts";
import { ErrRpc } from "./status.ts";

const scratch = mkdtempSync(join(tmpdir(), "wadi-rpc-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
let sockets = 0;
const socketPath = (): string => join(scratch, `${sockets++}.sock`);

const Pair = struct("test.Pair", { a: u64, b: text });
const Sample = service("Sample", {
  Height: unary(i64Number, i64Number),
  Swap: unary(Pair, Pair),
  Nothing: unary(),
  Fail: unary(text, undefined),
  Wait: unary(),
  Maybe: unary(nullable(text), nullable(text)),
  Count: stream(i64Number, i64Number),
  Maybes: stream(undefined, nullable(text)),
  Ticks: stream(undefined, text),
  Missing: unary(undefined, text),
});
const ErrSample = registerError("sample", 7, "sample: no such thing");

const failures: string[] = [];
let aborted = Promise.withResolvers<void>();

async function served(): Promise<{ path: string; server: RpcServer; connection: RpcConnection }> {
  const server = new RpcServer({ onFailure: (method) => failures.push(method) });
  server.add(Sample, {
    Height: (height) => height,
    Swap: ({ a, b }) => ({ a: a + 1n, b: `${b}!` }),
    Nothing: () => undefined,
    Fail: (what) => {
      if (what === "coded") throw new WadiError(ErrSample, { context: "here" });
      throw new Error(`plain ${what}`);
    },
    Wait: (_, { signal }) => {
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          aborted.resolve();
          reject(new Error("aborted"));
        });
      });
    },
    Maybe: (what) => what,
    async *Maybes() {
      yield* [null, "something", null];
    },
    async *Count(to) {
      for (let i = 0; i < to; i++) yield i;
      if (to < 0) throw new WadiError(ErrSample);
    },
    async *Ticks(_, { signal }) {
      for (let i = 0; !signal.aborted; i++) {
        yield `tick ${i}`;
        await new Promise((resolve) => void setImmediate(resolve));
      }
      aborted.resolve();
    },
  });
  const path = socketPath();
  await server.listen(path);
  return { path, server, connection: new RpcConnection(`unix:${path}`) };
}

test("calls and streams over a socket that is this user's only", async () => {
  const { path, server, connection } = await served();
  assert.equal(statSync(path).mode & 0o777, 0o700);
  const sample = connection.of(Sample);
  assert.equal(await sample.Height(5), 5);
  assert.deepEqual(await sample.Swap({ a: 1n, b: "x" }), { a: 2n, b: "x!" });
  assert.equal(await sample.Nothing(), undefined);
  assert.deepEqual(await Array.fromAsync(sample.Count(1000)), [...Array(1000).keys()]);
  connection.close();
  await server.close();
  assert.throws(() => statSync(path));
});

test("null is an answer", async () => {
  const { server, connection } = await served();
  const sample = connection.of(Sample);
  for (const what of [null, "", "something"]) assert.equal(await sample.Maybe(what), what);
  assert.deepEqual(await Array.fromAsync(sample.Maybes()), [null, "something", null]);
  connection.close();
  await server.close();
});

test("errors keep module and code", async () => {
  const { server, connection } = await served();
  const sample = connection.of(Sample);
  await assert.rejects(sample.Fail("coded"), (e) => {
    return isError(e, ErrSample) && (e as Error).message === "sample: no such thing: here";
  });
  await assert.rejects(sample.Fail("one"), /plain one/);
  await assert.rejects(Array.fromAsync(sample.Count(-1)), (e) => isError(e, ErrSample));
  await assert.rejects(sample.Missing(), (e) => e instanceof WadiError && e.data?.["status"] === 12);
  assert.ok(failures.includes("/oasis-core.Sample/Fail"));
  connection.close();
  await server.close();
});

test("a caller that goes away or a deadline ends the handler", async () => {
  const { server, connection } = await served();
  const sample = connection.of(Sample);
  for (const start of [
    (signal: AbortSignal) => sample.Wait(undefined, { signal }),
    async (signal: AbortSignal) => {
      for await (const tick of sample.Ticks(undefined, { signal })) assert.match(tick, /tick/);
    },
  ]) {
    aborted = Promise.withResolvers();
    const controller = new AbortController();
    const running = start(controller.signal);
    await sample.Height(1);
    controller.abort(new Error("enough"));
    await assert.rejects(running, { message: "enough" });
    await aborted.promise;
  }
  aborted = Promise.withResolvers();
  await assert.rejects(
    sample.Wait(undefined, { timeoutMs: 20 }),
    (e) => e instanceof WadiError && e.data?.["status"] === 4,
  );
  await aborted.promise;
  aborted = Promise.withResolvers();
  for await (const tick of sample.Ticks()) if (tick === "tick 3") break;
  await aborted.promise;
  connection.close();
  await server.close();
});

/** What a call with a raw payload answers: the payload in hex, or status and message. */
function rawCall(path: string, method: string, payload: string): Promise<string> {
  const client = new Client(`unix:${path}`, credentials.createInsecure());
  const raw = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    client.makeUnaryRequest(method, raw, raw, Buffer.from(payload, "hex"), new Metadata(), (error, value) => {
      client.close();
      resolve(error === null ? (value ?? Buffer.alloc(0)).toString("hex") : failureOf(error));
    });
  });
}

const failureOf = ({ code, details }: ServiceError): string => `${code} ${details}`;

test("payloads are read as the reference reads them", async () => {
  const { path, server, connection } = await served();
  const height = "/oasis-core.Sample/Height";
  for (const [method, payload, expected] of [
    [height, "", "00"],
    [height, "f6", "00"],
    [height, "0000", "00"],
    [height, "05", "05"],
    ["/oasis-core.Sample/Swap", "a36161016178617961626171", "a26161026162627121"],
    ["/oasis-core.Sample/Nothing", "ff", ""],
    ["/oasis-core.Sample/Nothing", "f6", ""],
  ] as const) {
    assert.equal(await rawCall(path, method, payload), expected, `${method} ${payload}`);
  }
  assert.match(await rawCall(path, height, "626161"), /^13 grpc: error unmarshalling request: /);
  assert.match(await rawCall(path, "/oasis-core.Sample/Swap", "bfff"), /^13 grpc: error unmarshalling request: /);
  assert.match(
    await rawCall(path, "/oasis-core.Sample/Ticks", "f6"),
    /^13 grpc: failed to unmarshal .*cbor: Unmarshal\(nil\)$/,
  );
  assert.match(await rawCall(path, "/oasis-core.Nope/Nope", ""), /^12 /);
  connection.close();
  await server.close();
});

test("a socket that is served stays, one that is left over goes", async () => {
  const { path, server, connection } = await served();
  const second = new RpcServer();
  await assert.rejects(second.listen(path), /served by another process/);
  assert.equal(await connection.of(Sample).Height(3), 3, "the first one is not disturbed");
  connection.close();
  await server.close();

  const left = socketPath();
  const dying = `require("node:net").createServer().listen(${JSON.stringify(left)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", dying]);
  assert.ok(statSync(left).isSocket());
  const heir = new RpcServer();
  await heir.listen(left);
  rmSync(left);
  await heir.close();

  const file = socketPath();
  writeFileSync(file, "");
  await assert.rejects(new RpcServer().listen(file), /is no socket/);
  const long = join(scratch, "x".repeat(108 - Buffer.byteLength(scratch)));
  for (const [path, text] of [
    [long, /the path has 109 bytes, that of a socket may have 107$/],
    [join(file, "x.sock"), /^rpc: listen E[A-Z]+: .*x\.sock$/],
  ] as const) {
    await assert.rejects(new RpcServer().listen(path), (e) => isError(e, ErrRpc) && text.test((e as Error).message));
  }
});

test("a thousand open streams end with the server", async () => {
  const { server, connection } = await served();
  const sample = connection.of(Sample);
  const streams = Array.from({ length: 1000 }, () => sample.Ticks()[Symbol.asyncIterator]());
  for (const one of await Promise.all(streams.map((s) => s.next()))) assert.equal(one.value, "tick 0");
  await server.close(10);
  const ends = await Promise.allSettled(streams.map((s) => s.return?.() ?? Promise.resolve()));
  assert.ok(ends.length === 1000);
  connection.close();
});
