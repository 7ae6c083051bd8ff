// Reference: go/common/cbor/versioned.go.
import { struct, u16, type TypeOf } from "@wadi/codec";

/** The member that versioned structures begin with; its members are spread into theirs. */
export const Versioned = struct("cbor.Versioned", { v: u16 });
export type Versioned = TypeOf<typeof Versioned>;
