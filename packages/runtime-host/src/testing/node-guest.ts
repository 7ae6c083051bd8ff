// A runtime for tests that runs as a real process: Node with a small script, which answers each
// request by its name with bytes that the test prepared.
import { type Body, body, encodeMessage, messageTypes } from "@wadi/runtime-protocol";

import type { SandboxedProgram } from "../sandbox/bwrap-arguments.ts";
import { testRuntimeInfo } from "./test-runtime.ts";

/** What to do about a request: answer, keep silent, end with a code, or send garbage. */
export type GuestReaction =
  | Body
  | "silence"
  | "exit"
  | "crash"
  | "hangUp"
  | "cutFrame"
  | "hugeLength"
  | "flood"
  | "print";

export type GuestScript = Readonly<Record<string, GuestReaction>>;

/** Written for Node without anything else: sandboxes hold no packages. */
const SOURCE = `
const reactions = JSON.parse(process.argv[1]);
const socket = require("net").connect(process.env.OASIS_WORKER_HOST);
let pending = Buffer.alloc(0);
const tail = Buffer.from("6c6d6573736167655f7479706502", "hex");
function send(content) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  socket.write(Buffer.concat([length, content]));
}
function react(frame) {
  const text = frame.toString("latin1");
  const name = (/[A-Z][A-Za-z]+Request/.exec(text) || [""])[0];
  const width = { 0x18: 2, 0x19: 3, 0x1a: 5, 0x1b: 9 }[frame[4]] || 1;
  const id = frame.subarray(4, 4 + width);
  const reaction = reactions[name] || "silence";
  if (reaction === "exit") process.exit(7);
  if (reaction === "crash") process.abort();
  if (reaction === "hangUp") socket.destroy(), setInterval(() => {}, 1000);
  if (reaction === "cutFrame") socket.end(Buffer.from("000000ff00", "hex"));
  if (reaction === "hugeLength") socket.write(Buffer.from("ffffffff", "hex"));
  if (reaction === "flood") for (let i = 0; i < 2000; i++) send(Buffer.alloc(4096, 0xff));
  if (reaction === "print") for (let i = 0; i < 2000; i++) process.stdout.write("x".repeat(500) + "\\n");
  if (!/^[0-9a-f]+$/.test(reaction)) return;
  send(Buffer.concat([Buffer.from("a3626964", "hex"), id, Buffer.from("64626f6479", "hex"), Buffer.from(reaction, "hex"), tail]));
}
socket.on("data", (chunk) => {
  pending = Buffer.concat([pending, chunk]);
  while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
    const end = 4 + pending.readUInt32BE(0);
    react(pending.subarray(4, end));
    pending = pending.subarray(end);
  }
});
socket.on("error", () => process.exit(3));
console.log(JSON.stringify({ msg: "guest is up", level: "INFO", module: "guest", pid: process.pid }));
`;

/** Answers infos, pings and aborts. */
export const goodGuest: GuestScript = {
  RuntimeInfoRequest: body("RuntimeInfoResponse", testRuntimeInfo),
  RuntimePingRequest: body("Empty", {}),
  RuntimeAbortRequest: body("RuntimeAbortResponse", {}),
};

/** The program to run in a sandbox. */
export function guestProgram(script: GuestScript): SandboxedProgram {
  const reactions = Object.entries(script).map(([name, reaction]) => [
    name,
    typeof reaction === "string" ? reaction : bodyHex(reaction),
  ]);
  return {
    executable: process.execPath,
    arguments: ["--max-old-space-size=64", "-e", SOURCE, JSON.stringify(Object.fromEntries(reactions))],
  };
}

/** The body alone, out of a message with id 0: after \`a3 "id" 00 "body"\`, before \`"message_type" 02\`. */
function bodyHex(answer: Body): string {
  const message = encodeMessage({ id: 0n, body: answer, messageType: messageTypes.response });
  return Buffer.from(message.subarray(10, message.length - 14)).toString("hex");
}
