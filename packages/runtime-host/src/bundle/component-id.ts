// Component identifiers. Reference: go/runtime/bundle/component/component.go.
import { BundleError } from "./errors.ts";

export const ComponentKind = { ronl: "ronl", rofl: "rofl" } as const;
export type ComponentKind = (typeof ComponentKind)[keyof typeof ComponentKind];

/** Which part of a runtime: its on-chain logic, or one of its off-chain applications by name. */
export interface ComponentId {
  /** One of `ComponentKind` in a valid manifest. */
  readonly kind: string;
  /** Empty for RONL. */
  readonly name: string;
}

export const RONL: ComponentId = Object.freeze({ kind: ComponentKind.ronl, name: "" });

/** `ronl` or `rofl.<name>`; a Map key as well. */
export function formatComponentId({ kind, name }: ComponentId): string {
  return name === "" ? kind : `${kind}.${name}`;
}

/** `ronl` or `rofl (<name>)`, as messages show it. */
export function displayComponentId({ kind, name }: ComponentId): string {
  return name === "" ? kind : `${kind} (${name})`;
}

/** Reads the text form; the name begins after the first dot. Throws a BundleError. */
export function parseComponentId(text: string): ComponentId {
  const dot = text.indexOf(".");
  const kind = dot < 0 ? text : text.slice(0, dot);
  const name = dot < 0 ? "" : text.slice(dot + 1);
  if (dot >= 0 && name === "") throw new BundleError("component", "malformed component identifier");
  if (kind !== ComponentKind.ronl && kind !== ComponentKind.rofl) {
    throw new BundleError("component", `malformed component kind: ${kind}`);
  }
  if (kind === ComponentKind.ronl && name !== "") {
    throw new BundleError("component", `RONL component must have an empty name, got: ${name}`);
  }
  return { kind, name };
}

export function isRonl({ kind, name }: ComponentId): boolean {
  return kind === ComponentKind.ronl && name === "";
}

export function sameComponent(a: ComponentId, b: ComponentId): boolean {
  return a.kind === b.kind && a.name === b.name;
}

/** The trusted execution environment that a component runs in. */
export const TeeKind = { none: 0, sgx: 1, tdx: 2 } as const;
export type TeeKind = (typeof TeeKind)[keyof typeof TeeKind];

const TEE_NAMES: Readonly<Record<TeeKind, string>> = { 0: "none", 1: "sgx", 2: "tdx" };

/** `none`, `sgx` or `tdx`. */
export function teeKindName(kind: TeeKind): string {
  return TEE_NAMES[kind];
}
