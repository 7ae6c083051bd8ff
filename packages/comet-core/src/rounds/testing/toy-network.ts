// Nodes that hear each other at once; time passes only when all have nothing to say.
import type { EngineState } from "@wadi/comet-types";
import type { PublicKey } from "@wadi/crypto";
import type { RoundMessage } from "../types.ts";
import { ToyNode, type ToyNodeOptions } from "./toy-node.ts";

export class ToyNetwork {
  readonly nodes: readonly ToyNode[];
  readonly #mail: { readonly from: number; readonly message: RoundMessage }[] = [];

  constructor(
    state: EngineState,
    keys: readonly PublicKey[],
    optionsOf: (key: PublicKey) => Partial<ToyNodeOptions> = () => ({}),
  ) {
    this.nodes = keys.map((key, from) => {
      const onOwnMessage = (message: RoundMessage) => void this.#mail.push({ from, message });
      return new ToyNode({ ...optionsOf(key), state, key, onOwnMessage });
    });
  }

  start(): void {
    for (const node of this.nodes) node.start();
  }

  /** Runs until every node has this many blocks. */
  runTo(blocks: number): void {
    while (this.nodes.some((node) => node.chain.length < blocks)) this.#turn();
  }

  #turn(): void {
    const mail = this.#mail.shift();
    if (mail !== undefined) {
      for (const [to, node] of this.nodes.entries()) if (to !== mail.from) node.receive(mail.message, `${mail.from}`);
      return;
    }
    const talker = this.nodes.find((node) => node.hasOwnMessage);
    if (talker !== undefined) return talker.handleOwnMessage();
    const timers = this.nodes.filter((node) => node.timer !== undefined);
    const next = timers.sort((a, b) => a.timer!.atMs - b.timer!.atMs)[0];
    if (next === undefined) throw new Error("nobody waits for anything");
    const waitMs = Math.max(0, next.timer!.atMs - next.now.ms);
    for (const node of this.nodes) node.advance(waitMs);
    next.fireTimer();
  }
}
