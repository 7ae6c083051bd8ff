// The line console of `runtime run`.
import type { Output } from "../../io.ts";
import type { Session } from "./session.ts";

const HELP = `call METHOD [JSON]     execute a call in a block of its own
query METHOD [JSON]    ask without a block
raw HEX                execute an encoded transaction
sender NAME            send the next calls as somebody else
state                  round and state root
exit                   end
Bytes in JSON are {"$hex": "..."}.
`;

/** Runs one line; false ends the console. */
async function runLine(session: Session, line: string, output: Output): Promise<boolean> {
  const [, command = "", name = "", rest = ""] = /^\s*(\S*)\s*(\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
  const args = rest === "" ? "null" : rest;
  switch (command) {
    case "":
      return true;
    case "call":
      await session.call(name, args);
      return true;
    case "query":
      await session.query(name, args);
      return true;
    case "raw":
      await session.submitHex(name);
      return true;
    case "sender":
      session.sender = name;
      return true;
    case "state":
      session.showState();
      return true;
    case "exit":
    case "quit":
      return false;
    default:
      output.write(HELP);
      return true;
  }
}

/** Runs lines until there are no more or one says to end. Failures are told and do not end it. */
export async function runConsole(session: Session, lines: AsyncIterable<string>, output: Output): Promise<void> {
  const prompt = (): void => {
    if (output.isTTY === true) output.write("> ");
  };
  prompt();
  for await (const line of lines) {
    try {
      if (!(await runLine(session, line, output))) return;
    } catch (e) {
      output.write(`error: ${e instanceof Error ? e.message : String(e)}\n`);
    }
    prompt();
  }
}
