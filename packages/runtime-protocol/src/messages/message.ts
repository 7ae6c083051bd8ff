// The envelope (go/runtime/host/protocol/types.go, `Message`) and how a body is read: a map with one
// entry named like the body. As the reference does, reading ignores names that nobody knows, bodies
// that are null and the case of letters; of several bodies the first in declaration order counts.
import {
  decodeMessage,
  defineSchema,
  encodeCbor,
  enumeration,
  Kind,
  named,
  nullable,
  optional,
  raw,
  struct,
  u64,
  type CborReader,
  type Field,
  type Schema,
  type TypeOf,
} from "@wadi/codec";
import { bodySchemas, type Body } from "./bodies.ts";

/** A u8; see `messageTypes`. Others are ignored by those who read them. */
export const MessageType = enumeration("protocol.MessageType", "u8", undefined);
export type MessageType = number;

export const messageTypes = { request: 1, response: 2 } as const;

const schemas: Readonly<Record<string, Schema<unknown>>> = bodySchemas;

/** All bodies as the members of a struct: the slow, complete way to read a body. */
const BodyMembers = struct(
  "protocol.Body",
  Object.fromEntries(
    Object.entries(schemas).map(([name, schema]): [string, Field<unknown>] => [
      name,
      named(name, optional(nullable(schema))),
    ]),
  ),
);

function firstBody(members: Readonly<Record<string, unknown>>): Body | null {
  for (const type of Object.keys(bodySchemas)) {
    const value = members[type];
    if (value !== null) return { type, value } as Body;
  }
  return null;
}

/** The body of a map with the one expected entry; undefined (and nothing read) for anything else. */
function readSingle(reader: CborReader): Body | undefined {
  const start = reader.offset;
  if (reader.next() === Kind.map && reader.info === 1) {
    reader.open();
    if (reader.next() === Kind.text) {
      const type = reader.textContent();
      const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
      if (schema !== undefined && !reader.atNull()) {
        const value = schema.decode(reader);
        reader.close();
        return { type, value } as Body;
      }
    }
    reader.close();
  }
  reader.offset = start;
  return undefined;
}

/** A body; null where a message has none that is known. */
export const BodySchema: Schema<Body | null> = defineSchema<Body | null>({
  name: "protocol.Body",
  zero: () => null,
  encode: (writer, value) => {
    writer.map(value === null ? 0 : 1);
    if (value === null) return;
    writer.text(value.type);
    (schemas[value.type] as Schema<unknown>).encode(writer, value.value);
  },
  decode: (reader) => readSingle(reader) ?? firstBody(BodyMembers.decode(reader)),
  toJson: (writer, value) =>
    BodyMembers.toJson(writer, { ...BodyMembers.zero(), ...(value && { [value.type]: value.value }) }),
  fromJson: (reader) => firstBody(BodyMembers.fromJson(reader)),
});

/** A request or response. Each side numbers its own requests from 0. */
export const Message = struct("protocol.Message", {
  id: u64,
  messageType: MessageType,
  body: BodySchema,
});
export type Message = TypeOf<typeof Message>;

/** A body that somebody else has encoded with BodySchema: it goes into its message as it is. */
export class EncodedBody {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

const MessageOfEncoded = struct("protocol.MessageOfEncoded", { id: u64, messageType: MessageType, body: raw });

export interface OutgoingMessage extends Omit<Message, "body"> {
  readonly body: Body | EncodedBody | null;
}

/** A message without its length. Throws EncodeError. */
export function encodeMessage({ body, id, messageType }: OutgoingMessage): Uint8Array {
  return body instanceof EncodedBody
    ? encodeCbor(MessageOfEncoded, { id, messageType, body: body.bytes })
    : encodeCbor(Message, { id, messageType, body });
}

/** Reads a message without its length, in the reference's lenient way. Throws DecodeError. */
export function parseMessage(bytes: Uint8Array): Message {
  return decodeMessage(Message, bytes);
}
