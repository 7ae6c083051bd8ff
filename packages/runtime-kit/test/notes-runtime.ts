// The example of the README, whole.
import { struct, text, u64 } from "@wadi/codec";
import { defineRuntime, eventKind, method, query, signedCalls, table } from "@wadi/runtime-kit";

const Note = struct("notes.Note", { title: text, body: text });
const notes = table("note/", Note);
const Written = eventKind("notes", 1, text);

export const runtime = defineRuntime({
  version: { major: 0, minor: 1, patch: 0 },
  transactions: signedCalls(),
  methods: {
    "notes.Write": method({
      args: Note,
      result: u64,
      call({ state, round, emit }, note) {
        notes.set(state, note.title, note);
        emit(Written, note.title);
        return round;
      },
    }),
  },
  queries: {
    "notes.Read": query({
      args: text,
      result: Note,
      call: ({ state }, title) => notes.get(state, title) ?? Note.zero(),
    }),
  },
});
