import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryNetwork } from "./memory-transport.ts";
import { noTransport, type TransportHandler } from "./transport.ts";

/** Notes what happens, in order. */
class Notes implements TransportHandler {
  readonly lines: string[] = [];
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  #note(line: string): void {
    this.lines.push(line);
    if (this.#waiting !== undefined && this.lines.length >= this.#waiting.count) this.#waiting.resolve();
  }

  peerUp(peer: string): void {
    this.#note(`up ${peer}`);
  }

  peerDown(peer: string): void {
    this.#note(`down ${peer}`);
  }

  message(peer: string, channel: number, bytes: Uint8Array): void {
    this.#note(`${peer} ${channel} ${bytes.join(",")}`);
  }

  writable(peer: string): void {
    this.#note(`writable ${peer}`);
  }

  async has(count: number): Promise<void> {
    if (this.lines.length >= count) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { count, resolve };
    await promise;
  }
}

test("messages arrive later, in order, as copies", async () => {
  const network = new MemoryNetwork();
  const [a, b] = [network.join("a"), network.join("b")];
  const [atA, atB] = [new Notes(), new Notes()];
  network.connect("a", "b");
  a.start(atA);
  b.start(atB);
  await Promise.all([atA.has(1), atB.has(1)]);
  const bytes = Uint8Array.of(1);
  assert.ok(a.send("b", 7, bytes));
  bytes[0] = 9;
  assert.ok(a.send("b", 8, Uint8Array.of(2, 3)));
  assert.deepEqual(atB.lines, ["up a"], "not in the same turn");
  await atB.has(3);
  assert.deepEqual(atB.lines, ["up a", "a 7 1", "a 8 2,3"]);
  assert.deepEqual(atA.lines, ["up b"]);
});

test("a connection is announced once, whichever comes first, start or connect", async () => {
  const network = new MemoryNetwork();
  const [a, b] = [network.join("a"), network.join("b")];
  const [atA, atB] = [new Notes(), new Notes()];
  a.start(atA);
  network.connect("a", "b");
  network.connect("b", "a");
  await atA.has(1);
  assert.ok(a.send("b", 1, Uint8Array.of(5)), "before the other one listens");
  b.start(atB);
  await atB.has(2);
  assert.deepEqual(atA.lines, ["up b"]);
  assert.deepEqual(atB.lines, ["up a", "a 1 5"]);
});

test("a full queue refuses, and tells when it has room", async () => {
  const network = new MemoryNetwork();
  const [a, b] = [network.join("a"), network.join("b")];
  const [atA, atB] = [new Notes(), new Notes()];
  network.connect("a", "b");
  a.start(atA);
  b.start(atB);
  await Promise.all([atA.has(1), atB.has(1)]);
  let sent = 0;
  while (a.send("b", 1, Uint8Array.of(0))) sent++;
  assert.ok(sent > 0);
  await atA.has(2);
  assert.equal(atA.lines[1], "writable b");
  assert.equal(atB.lines.length, 1 + sent);
  assert.ok(a.send("b", 1, Uint8Array.of(0)));
});

test("both sides hear of an end; nothing is sent or delivered after it", async () => {
  const network = new MemoryNetwork();
  const [a, b] = [network.join("a"), network.join("b")];
  const [atA, atB] = [new Notes(), new Notes()];
  network.connect("a", "b");
  a.start(atA);
  b.start(atB);
  await Promise.all([atA.has(1), atB.has(1)]);
  a.send("b", 1, Uint8Array.of(1));
  b.disconnect("a", new Error("enough"));
  assert.equal(a.send("b", 1, Uint8Array.of(2)), false);
  await Promise.all([atA.has(2), atB.has(2)]);
  assert.deepEqual([atA.lines[1], atB.lines[1]], ["down b", "down a"]);
  network.connect("a", "b");
  await Promise.all([atA.has(3), atB.has(3)]);
  await a[Symbol.asyncDispose]();
  await atB.has(4);
  assert.equal(atB.lines[3], "down a");
  assert.equal(b.send("a", 1, Uint8Array.of(1)), false);
});

test("no transport sends nothing", async () => {
  await using none = noTransport();
  none.start(new Notes());
  assert.equal(none.send("a", 1, Uint8Array.of(1)), false);
});
