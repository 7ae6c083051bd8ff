// Opens stores that may be damaged, reads all of each and writes a little; prints how each went.
// A process of its own, as damage that is not noticed ends it with a signal.
//
//   node --conditions=wadi-source packages/kv/src/testing/read-damaged.ts FILE...
import { isError } from "@wadi/util";
import { ErrStoreFailed } from "../errors.ts";
import { LmdbStore } from "../lmdb-store.ts";

for (const path of process.argv.slice(2)) {
  let outcome = "fine";
  try {
    await using store = new LmdbStore({ path, noSync: true });
    for (const { value } of store.entries()) value.at(-1);
    store.write((batch) => batch.put(Buffer.from("key 500"), new Uint8Array(100)));
  } catch (e) {
    if (!isError(e, ErrStoreFailed)) throw e;
    outcome = (e as Error).message;
  }
  process.stdout.write(`${JSON.stringify({ path, outcome })}\n`);
}
