// Events: emitted typed, turned into the engine's form when a result is made.
// Reference: go/consensus/cometbft/api/api.go (EventBuilder), go/consensus/api/events/events.go.
import { encodeCbor } from "@wadi/codec";
import type { AbciEvent } from "@wadi/comet-types";
import { events } from "@wadi/types";

export type EventKind<T> = events.EventKind<T>;

/** One typed attribute of an event. */
export interface EventAttribute<T = unknown> {
  readonly kind: EventKind<T>;
  readonly value: T;
}

/** One emitted event: mostly one attribute, all of one application. */
export type EmittedEvent = readonly [EventAttribute, ...EventAttribute[]];

export function attribute<T>(kind: EventKind<T>, value: T): EventAttribute {
  return { kind: kind as EventKind<unknown>, value };
}

/** The engine's form: type by application, kind as key, the kind's text form as value, not indexed. */
export function toAbciEvent(event: EmittedEvent): AbciEvent {
  return {
    type: events.eventType(event[0].kind.app),
    attributes: event.map(({ kind, value }) => ({ key: kind.kind, value: kind.encode(value), index: false })),
  };
}

/** What the events root covers of an event: the CBOR of its provable attributes. */
export function provableForms(emitted: readonly EmittedEvent[], provable: ReadonlySet<unknown>): Uint8Array[] {
  return emitted.flatMap((event) =>
    event.filter(({ kind }) => provable.has(kind)).map(({ kind, value }) => encodeCbor(kind.schema, value)),
  );
}
