// Entry points of the JSON face.
import { asDecodeError } from "./errors.ts";
import { JsonReader } from "./json-reader.ts";
import { JsonWriter } from "./json-writer.ts";
import { giveBack, OutputBuffer, takeBuffer } from "./output-buffer.ts";
import type { ByteSink } from "./output-buffer.ts";
import type { Schema } from "./schema.ts";

export interface JsonOptions {
  /** Spaces (or the text) of one level; default: compact. Go's canonical genesis file has 2. */
  readonly indent?: number | string;
}

function indentText({ indent = "" }: JsonOptions): string {
  return typeof indent === "number" ? " ".repeat(indent) : indent;
}

/** The JSON of a value as Go prints it, without a final newline. Throws EncodeError for a value that has none. */
export function encodeJson<T>(schema: Schema<T>, value: T, options: JsonOptions = {}): string {
  const out = takeBuffer();
  schema.toJson(new JsonWriter(out, indentText(options)), value);
  const printed = out.bytes.toString("utf8", 0, out.length);
  giveBack(out);
  return printed;
}

/** Like `encodeJson`, as UTF-8 in chunks of about 64 KiB as they come; the sink owns each chunk. */
export function encodeJsonTo<T>(schema: Schema<T>, value: T, sink: ByteSink, options: JsonOptions = {}): void {
  const out = new OutputBuffer(sink);
  schema.toJson(new JsonWriter(out, indentText(options)), value);
  out.flush();
}

/**
 * Decodes JSON by the rules of Go's encoding/json: unknown members are ignored, names match
 * without regard to letter case, of repeated members the last counts, null leaves zero. Bytes are
 * UTF-8 and are read in place. Throws DecodeError.
 */
export function decodeJson<T>(schema: Schema<T>, input: Uint8Array | string): T {
  const reader = new JsonReader(typeof input === "string" ? Buffer.from(input, "utf8") : input);
  try {
    const value = schema.fromJson(reader);
    reader.end();
    return value;
  } catch (e) {
    throw asDecodeError(e);
  }
}
