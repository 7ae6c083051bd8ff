/**
 * A value beside a log message. Bytes are base64 in JSON; objects and lists appear in JSON only, as
 * in the reference's logs. Text made of other types (durations, addresses) comes ready.
 */
export type FieldValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Uint8Array
  | Error
  | readonly FieldValue[]
  | { readonly [key: string]: FieldValue };

export type Fields = Readonly<Record<string, FieldValue>>;

/** One record: keys in the order in which logfmt prints them; a key may come twice. */
export type LogRecord = readonly (readonly [key: string, value: FieldValue])[];
