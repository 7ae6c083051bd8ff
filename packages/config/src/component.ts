// The parts of a runtime's configuration that have a form of their own.
// Reference: go/runtime/config/config.go, go/runtime/bundle/component.
import { isScalar } from "yaml";

import { ValueError } from "./errors.ts";
import { bool, freeMap, list, parsed, section, text, uint16, type Option, type ValueOf } from "./option.ts";

const HEX_ID = /^[0-9a-fA-F]{64}$/;

/** A runtime's identifier, hex; the reference also takes base64. */
export const runtimeId = parsed("common.Namespace", "", (source) => {
  if (HEX_ID.test(source)) return source.toLowerCase();
  const bad = firstBadBase64(source);
  if (bad !== undefined) throw new ValueError(`illegal base64 data at input byte ${bad}`);
  const bytes = Buffer.from(source, "base64");
  if (bytes.length !== 32) throw new ValueError("malformed namespace");
  return bytes.toString("hex");
});

/** Where Go's base64 decoder stops, or undefined if the text is fine. */
export function firstBadBase64(source: string): number | undefined {
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(source)) return undefined;
  const place = source.search(/[^A-Za-z0-9+/]/);
  return place === -1
    ? source.length - (source.length % 4)
    : place - (source.slice(place).startsWith("=") ? 0 : place % 4);
}

/** Which component: `ronl`, `rofl` or `rofl.<name>`. */
export interface ComponentId {
  readonly kind: "ronl" | "rofl";
  readonly name: string;
}

/** Throws ValueError. */
export function parseComponentId(source: string): ComponentId {
  const dot = source.indexOf(".");
  const kind = dot === -1 ? source : source.slice(0, dot);
  const name = dot === -1 ? "" : source.slice(dot + 1);
  if (kind !== "ronl" && kind !== "rofl") throw new ValueError(`malformed component kind: ${kind}`);
  if (dot !== -1 && (kind === "ronl" || name === "")) throw new ValueError(`malformed component ID: ${source}`);
  return { kind, name };
}

/** `ronl`, `rofl (name)`: as messages name a component. */
export function componentTitle({ kind, name }: ComponentId): string {
  return name === "" ? kind : `${kind} (${name})`;
}

const componentMembers = section(
  {
    id: parsed<ComponentId>("component.ID", { kind: "ronl", name: "" }, parseComponentId),
    tee: text(),
    disabled: bool(),
    networking: section(
      {
        incoming: list(
          section({ ip: text(), protocol: text(), srcPort: uint16(), dstPort: uint16() }, { isOpen: true }),
        ),
      },
      { isOpen: true },
    ),
    permissions: list(text()),
    config: freeMap(),
  },
  { type: "config.ComponentConfig", isOpen: true },
);
export type ComponentConfig = ValueOf<typeof componentMembers>;

/** A component's configuration; a bare text is its identifier. */
export const component: Option<ComponentConfig> = {
  ...componentMembers,
  read(node, before, reading) {
    if (!isScalar(node) || typeof node.value !== "string") return componentMembers.read(node, before, reading);
    return { ...componentMembers.fallback(), id: parseComponentId(node.value) };
  },
};
