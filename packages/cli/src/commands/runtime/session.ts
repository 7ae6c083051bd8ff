// What a developer does with a running runtime: calls in blocks of their own, queries, a look at
// the state root.
import { encodeCbor } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import type { StoredTag } from "@wadi/mkvs";
import type { SupervisedRuntime } from "@wadi/runtime-host";
import { fromHex, utf8 } from "@wadi/util";
import type { Output } from "../../io.ts";
import { Call } from "./call.ts";
import type { BlockReport, DeveloperChain } from "./developer-chain.ts";
import { encodeJsonText, showBytes, showItem } from "./value-text.ts";

const BLOCK_TAG = "00".repeat(32);

export class Session {
  readonly #runtime: SupervisedRuntime;
  readonly #chain: DeveloperChain;
  readonly #output: Output;
  readonly #nonces = new Map<string, bigint>();
  sender: string;

  constructor(runtime: SupervisedRuntime, chain: DeveloperChain, output: Output, sender: string) {
    this.#runtime = runtime;
    this.#chain = chain;
    this.#output = output;
    this.sender = sender;
  }

  /** Executes a call in a block. The nonce counts the sender's calls that got into one. */
  async call(method: string, args: string): Promise<boolean> {
    const nonce = this.#nonces.get(this.sender) ?? 0n;
    const sender = utf8(this.sender);
    const isIncluded = await this.submit(encodeCbor(Call, { sender, nonce, method, args: encodeJsonText(args) }));
    if (isIncluded) this.#nonces.set(this.sender, nonce + 1n);
    return isIncluded;
  }

  /** Executes an encoded transaction in a block; false if its check or the runtime refuses it. */
  async submit(input: Uint8Array): Promise<boolean> {
    const [checked] = await this.#chain.check(this.#runtime, [input]);
    if (checked?.ok === false) {
      const { module, code, message } = checked.error;
      this.#print(`refused by the check: ${message} (${module}, ${code})`);
      return false;
    }
    const report = await this.#chain.addBlock(this.#runtime, [input]);
    this.#printBlock(report);
    return !report.rejected.includes(hashOf(input));
  }

  async query(method: string, args: string): Promise<void> {
    this.#print(`answer: ${showItem(await this.#chain.query(this.#runtime, method, encodeJsonText(args)))}`);
  }

  showState(): void {
    const { round, stateRoot } = this.#chain.header;
    this.#print(`round ${round}, state root ${stateRoot}`);
  }

  submitHex(hex: string): Promise<boolean> {
    return this.submit(fromHex(hex));
  }

  #printBlock({ round, transactions, tags, messages, rejected, stateRoot, ioRoot, stateChanges }: BlockReport): void {
    for (const { input, output } of transactions) {
      const hash = hashOf(input);
      this.#print(`transaction ${hash}`);
      this.#print(`  result: ${output === null ? "none" : showItem(output)}`);
      this.#printTags(tags.filter((tag) => tag.txHash === hash));
    }
    for (const hash of rejected) this.#print(`transaction ${hash}\n  rejected by the runtime`);
    this.#printTags(tags.filter((tag) => tag.txHash === BLOCK_TAG));
    if (messages.length > 0) this.#print(`messages emitted: ${messages.length}`);
    this.#print(`block of round ${round}: ${stateChanges} changed keys`);
    this.#print(`  state root: ${stateRoot}`);
    this.#print(`  I/O root:   ${ioRoot}`);
  }

  #printTags(tags: readonly StoredTag[]): void {
    for (const { key, value } of tags) this.#print(`  tag: ${showBytes(key)} = ${showBytes(value)}`);
  }

  #print(line: string): void {
    this.#output.write(`${line}\n`);
  }
}
