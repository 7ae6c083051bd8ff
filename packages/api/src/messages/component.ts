import { bool, optional, struct, text, withText, type TypeOf } from "@wadi/codec";
import { Version } from "@wadi/types";

/** A component of a runtime. Reference: go/runtime/bundle/component. */
export const ComponentId = struct("component.ID", { kind: text, name: optional(text) });
export type ComponentId = TypeOf<typeof ComponentId>;

export const ComponentStatus = struct("control.ComponentStatus", {
  kind: text,
  name: optional(text),
  version: optional(Version),
  detached: optional(bool),
  disabled: optional(bool),
});
export type ComponentStatus = TypeOf<typeof ComponentStatus>;

/** `ronl` or `rofl.<name>` in JSON. */
export const ComponentIdText = withText(ComponentId, {
  format: ({ kind, name }) => (name === "" ? kind : `${kind}.${name}`),
  parse: (value) => {
    const dot = value.indexOf(".");
    return dot === -1 ? { kind: value, name: "" } : { kind: value.slice(0, dot), name: value.slice(dot + 1) };
  },
});
