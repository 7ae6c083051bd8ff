// The socket that a component connects to: in a directory of its own, for one connection.
// Reference: go/runtime/host/sandbox/connector.go.
import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { LaunchError, systemErrorText } from "../sandbox/errors.ts";
import { LAUNCH_PREFIX, type LaunchRecords } from "./launch-records.ts";

/** How long a component may take from its start to its connection. */
const CONNECT_TIMEOUT_MS = 5000;

/** Enough that nobody has the name already. */
const NAME_BYTES = 6;

/** A private directory with a listening socket. Dispose it when the component is connected or given up. */
export class HostSocket implements AsyncDisposable {
  readonly directory: string;
  readonly path: string;
  readonly #server: Server;
  readonly #connected: Promise<Socket>;
  readonly #records: LaunchRecords | undefined;

  private constructor(directory: string, path: string, server: Server, records: LaunchRecords | undefined) {
    this.#records = records;
    this.directory = directory;
    this.path = path;
    this.#server = server;
    this.#connected = new Promise((resolve, reject) => {
      server.once("connection", (socket: Socket) => {
        // Nobody else is to connect, and a connection that nobody takes must not keep us running.
        server.close();
        resolve(socket);
      });
      server.once("error", reject);
    });
    this.#connected.catch(() => undefined);
  }

  /** Throws a LaunchError. */
  static async listen(records?: LaunchRecords): Promise<HostSocket> {
    const directory = join(tmpdir(), `${LAUNCH_PREFIX}${randomBytes(NAME_BYTES).toString("hex")}`);
    try {
      // Noted first: whoever kills the node in between leaves a note of nothing, not a directory that nobody knows.
      records?.add(directory);
      await mkdir(directory, { mode: 0o700 });
    } catch (e) {
      records?.remove(directory);
      const text = `failed to create temporary directory: ${systemErrorText(e)}`;
      throw new LaunchError("temporaryDirectory", text, e);
    }
    const path = join(directory, "host.sock");
    const server = createServer({ noDelay: true });
    server.maxConnections = 1;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(path, () => {
          server.off("error", reject);
          resolve();
        });
      });
      return new HostSocket(directory, path, server, records);
    } catch (e) {
      await rm(directory, { recursive: true, force: true });
      records?.remove(directory);
      throw new LaunchError("hostSocket", `failed to create host socket: ${systemErrorText(e)}`, e);
    }
  }

  /**
   * The component's connection. Rejects with a LaunchError if it does not come in time or `gone`
   * resolves before, and with the signal's reason.
   */
  async accept(gone: Promise<unknown>, options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<Socket> {
    const { timeoutMs = CONNECT_TIMEOUT_MS, signal } = options;
    signal?.throwIfAborted();
    const over = Promise.withResolvers<never>();
    const onAbort = (): void => over.reject(signal?.reason);
    const timer = setTimeout(() => {
      const text = `error while accepting runtime connection: accept unix ${this.path}: i/o timeout`;
      over.reject(new LaunchError("connect", text));
    }, timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    void gone.then(() => {
      over.reject(new LaunchError("connect", "terminated while waiting for runtime to connect"));
    });
    try {
      return await Promise.race([this.#connected, over.promise]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) this.#server.close();
    await rm(this.directory, { recursive: true, force: true });
    this.#records?.remove(this.directory);
  }
}
