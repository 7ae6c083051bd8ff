// The reactor with a transport whose queues the test fills and empties.
import assert from "node:assert/strict";
import { test } from "node:test";
import { STATE_CHANNEL } from "@wadi/comet-core";
import { ConsensusMessage } from "@wadi/comet-types";
import { must } from "@wadi/util";
import { Engine } from "./engine.ts";
import { MemoryNetwork } from "./memory-transport.ts";
import { memoryStorage } from "./storage.ts";
import { TestApplication } from "./testing/test-application.ts";
import { fastConfig, testGenesis, testValidators } from "./testing/test-chain.ts";
import type { Transport, TransportHandler } from "./transport.ts";

class StubbornTransport implements Transport {
  handler: TransportHandler | undefined;
  accepts = true;
  /** Heights of the steps that the peer was told. */
  readonly heights: number[] = [];
  refused = 0;

  start(handler: TransportHandler): void {
    this.handler = handler;
    handler.peerUp("peer");
  }

  send(_peer: string, channel: number, bytes: Uint8Array): boolean {
    if (!this.accepts) {
      this.refused++;
      return false;
    }
    const { sum } = channel === STATE_CHANNEL ? ConsensusMessage.decode(bytes) : { sum: undefined };
    if (sum?.case === "newRoundStep") this.heights.push(sum.value.height);
    return true;
  }

  disconnect(): void {
    this.handler?.peerDown("peer");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.handler = undefined;
  }
}

test("a peer whose queue was full hears of the newest step when it has room, and is not written to before", async () => {
  const signers = testValidators(1);
  const transport = new StubbornTransport();
  await using engine = new Engine({
    storage: memoryStorage(),
    application: new TestApplication(),
    genesis: testGenesis(signers),
    config: fastConfig(),
    signer: must(signers[0]),
    transport,
  });
  const reaches = (height: number): Promise<void> =>
    new Promise((resolve) => {
      engine.subscribe((notice) => {
        if (notice.kind === "block" && notice.applied.state.lastBlockHeight >= height) resolve();
      });
    });
  const third = reaches(3);
  await engine.start();
  await third;
  assert.ok(transport.heights.includes(2));
  transport.accepts = false;
  const { height } = engine.view;
  await reaches(height + 5);
  assert.equal(transport.refused, 1, "one refusal, then silence");
  assert.ok(transport.heights.every((told) => told <= height + 1));
  transport.accepts = true;
  must(transport.handler).writable("peer");
  assert.ok(must(transport.heights.at(-1)) >= height + 5, "the newest step at once");
});

test("validators in a line pass blocks and votes on to those that have them from nobody else", async () => {
  const signers = testValidators(4);
  const genesis = testGenesis(signers);
  const network = new MemoryNetwork();
  await using stack = new AsyncDisposableStack();
  const engines = signers.map((signer, i) =>
    stack.use(
      new Engine({
        storage: memoryStorage(),
        application: new TestApplication(),
        genesis,
        config: fastConfig(),
        signer,
        transport: network.join(`${i}`),
      }),
    ),
  );
  for (const i of [0, 1, 2]) network.connect(`${i}`, `${i + 1}`);
  const reached = engines.map((engine) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    engine.subscribe((notice) => {
      // Each of the four has proposed then.
      if (notice.kind === "block" && notice.applied.state.lastBlockHeight >= 5) resolve();
    });
    void engine.stopped.then(({ error }) => reject(new Error("an engine stopped", { cause: error })));
    return promise;
  });
  await Promise.all(engines.map((engine) => engine.start()));
  await Promise.all(reached);
  const hashes = engines.map((engine) => must(engine.blocks.loadMeta(5)).blockId.hash);
  assert.equal(new Set(hashes).size, 1);
});
