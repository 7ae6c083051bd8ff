// What the registration rules need from outside: looking up state and verifying attestation
// quotes. Each caller (genesis document, transaction, query) brings its own.
import type { Node } from "../../node/node.ts";
import type { PublicKey } from "../../scalars/keys.ts";
import type { Namespace } from "../../scalars/namespace.ts";
import type { EnclaveIdentity } from "../../sgx/enclave-identity.ts";
import type { Policy, Quote } from "../../sgx/quote.ts";
import type { Runtime } from "../runtime.ts";

/** Runtimes of the registry state. */
export interface RuntimeLookup {
  /** The runtime, active or suspended, or undefined if it is not registered. */
  anyRuntime(id: Namespace): Runtime | undefined;
}

/** Nodes of the registry state by their keys. */
export interface SubKeyLookup {
  /** The node that uses the key as its consensus, P2P, TLS or VRF key. */
  nodeBySubKey(key: PublicKey): Node | undefined;
}

/** Nodes of the registry state by their owner. */
export interface EntityNodesLookup {
  /** All nodes that the entity registered, expired ones included. */
  nodesOfEntity(entity: PublicKey): readonly Node[];
}

/** What a verified quote says. */
export interface VerifiedQuote {
  readonly identity: EnclaveIdentity;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
}

/** Verifies a quote against a policy; throws if it does not hold at that time. */
export interface QuoteVerifier {
  verifyQuote(quote: Quote, policy: Policy, unixNanos: bigint): VerifiedQuote;
}
