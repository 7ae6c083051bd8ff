// A server in a process of its own and what tests of its robustness need: calls, connections, and
// how it is.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

import { RpcConnection, type ClientOf } from "../src/client.ts";
import { Sample, type Health } from "./sample-service.ts";

/** Of processor time. */
const MAX_TURN_MS = 100;
export const MB = 1e6;

/** The server of a test file. */
export class Served {
  readonly #folder = mkdtempSync(join(tmpdir(), "wadi-hostile-"));
  readonly socket = join(this.#folder, "server.sock");
  readonly #connection = new RpcConnection(`unix:${this.socket}`);
  readonly sample: ClientOf<typeof Sample.methods> = this.#connection.of(Sample);
  #process: ChildProcess | undefined;

  /** Starts it before the tests of a file and ends it after them. */
  static forTests(): Served {
    const served = new Served();
    before(() => served.#start());
    after(() => served.#stop());
    return served;
  }

  async #start(): Promise<void> {
    const program = fileURLToPath(new URL("served-process.ts", import.meta.url));
    const args = ["--expose-gc", "--conditions=wadi-source", program, this.socket];
    this.#process = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    assert.ok(this.#process.stdout);
    await once(this.#process.stdout, "data");
    // What is loaded and compiled at the first calls is not counted.
    const { sample } = this;
    for (let i = 0; i < 3; i++) await Promise.all(Array.from({ length: 200 }, () => sample.Size(new Uint8Array(10))));
    for await (const _ of sample.Ticks()) break;
    await this.health();
  }

  #stop(): void {
    this.#connection.close();
    this.#process?.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async health(): Promise<Health> {
    assert.equal(await this.sample.Size(new Uint8Array(3)), 3, "it answers");
    return JSON.parse(await this.sample.Health()) as Health;
  }

  /** Tells how the server was, and requires that it was well. */
  async isWell(t: TestContext, what: string, maxTurnMs: number = MAX_TURN_MS): Promise<Health> {
    const now = await this.health();
    t.diagnostic(`${what}: longest turn ${now.longestTurnMs} ms, ${Math.round(now.residentBytes / MB)} MB`);
    assert.ok(now.longestTurnMs <= maxTurnMs, `a turn took ${now.longestTurnMs} ms of processor time`);
    return now;
  }

  /** Connections that the server has greeted; few at a time, as the system lets no more wait for that. */
  async connections(count: number): Promise<Socket[]> {
    const sockets: Socket[] = [];
    while (sockets.length < count) {
      const some = Array.from({ length: Math.min(50, count - sockets.length) }, () => this.connection());
      await Promise.all(some.map((socket) => once(socket, "readable", { signal: AbortSignal.timeout(60_000) })));
      sockets.push(...some);
    }
    return sockets;
  }

  connection(): Socket {
    return connect(this.socket).on("error", () => undefined);
  }
}
