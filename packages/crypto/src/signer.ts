// Private keys as the rest of the node sees them: something that signs under a context. Roles and
// their rights follow go/common/crypto/signature (signer.go, vrf_signer.go, entropy_provider.go).
import { utf8 } from "@wadi/util";

import type { PublicKey } from "./brands.ts";
import type { FullContext } from "./context.ts";
import { Ed25519PrivateKey } from "./ed25519.ts";
import { CryptoError } from "./errors.ts";
import { sha512_256 } from "./hash.ts";
import { messageDigest } from "./verifier.ts";
import { prove } from "./vrf.ts";

/** What a key is for; the value is its number on the wire of the remote signer. */
export const SignerRole = { unknown: 0, entity: 1, node: 2, p2p: 3, consensus: 4, vrf: 5 } as const;
export type SignerRole = (typeof SignerRole)[keyof typeof SignerRole];

const roleNames = new Map<SignerRole, string>([
  [SignerRole.entity, "entity"],
  [SignerRole.node, "node"],
  [SignerRole.p2p, "p2p"],
  [SignerRole.consensus, "consensus"],
  [SignerRole.vrf, "vrf"],
]);

/** The role of a text; throws `invalidRole`. */
export function parseSignerRole(text: string): SignerRole {
  for (const [role, name] of roleNames) if (name === text) return role;
  throw new CryptoError("invalidRole", `signature: invalid signer role: ${text}`);
}

/** Signs with one private key. A back end that has to ask another process has an interface of its own. */
export interface Signer {
  readonly publicKey: PublicKey;
  /** 64 bytes over SHA-512/256(context || message). */
  sign(context: FullContext, message: Uint8Array): Uint8Array;
}

/** A signer that can also prove VRF outputs. */
export interface VrfSigner extends Signer {
  /** 80 bytes; throws `invalidRole` unless the key has the vrf role. */
  prove(alpha: Uint8Array): Uint8Array;
}

/** A signer that holds 32 secret bytes beside its key. */
export interface StaticEntropyProvider {
  /** 32 bytes, the same for the lifetime of the key; throws `invalidRole` unless the key has the p2p role. */
  staticEntropy(): Uint8Array;
}

export const STATIC_ENTROPY_SIZE = 32;

/** A key in memory. */
export class MemorySigner implements VrfSigner, StaticEntropyProvider {
  readonly publicKey: PublicKey;
  readonly role: SignerRole;
  readonly #key: Ed25519PrivateKey;
  readonly #entropy: Uint8Array | undefined;

  /**
   * `publicKey` is the public half that came with the private one, as a key file has it: it is
   * what the signer presents. If it is not the key's own, the signer refuses to sign, because
   * signatures over one nonce with two public keys give the private key away.
   */
  constructor(
    seed: Uint8Array,
    options: { readonly role?: SignerRole; readonly entropy?: Uint8Array; readonly publicKey?: PublicKey } = {},
  ) {
    this.#key = new Ed25519PrivateKey(seed);
    this.publicKey = options.publicKey ?? this.#key.publicKey;
    this.role = options.role ?? SignerRole.unknown;
    this.#entropy = options.entropy === undefined ? undefined : Uint8Array.from(options.entropy);
  }

  sign(context: FullContext, message: Uint8Array): Uint8Array {
    return this.#matchingKey().signRaw(messageDigest(context, message));
  }

  prove(alpha: Uint8Array): Uint8Array {
    if (this.role !== SignerRole.vrf) throw new CryptoError("invalidRole");
    return prove(this.#matchingKey(), alpha);
  }

  staticEntropy(): Uint8Array {
    if (this.role !== SignerRole.p2p || this.#entropy === undefined) throw new CryptoError("invalidRole");
    return Uint8Array.from(this.#entropy);
  }

  /** The private key itself, for code that needs it in another form (libp2p, TLS). */
  privateKey(): Ed25519PrivateKey {
    return this.#matchingKey();
  }

  toString(): string {
    return "[redacted private key]";
  }

  #matchingKey(): Ed25519PrivateKey {
    if (this.publicKey !== this.#key.publicKey) {
      throw new CryptoError("malformedPrivateKey", "signature: malformed private key: public half is of another key");
    }
    return this.#key;
  }
}

/** The seed of a deterministic test key: SHA-512/256 of its name. */
export function testSeed(name: string): Uint8Array {
  return sha512_256(utf8(name));
}

/** A signer with a deterministic test key, e.g. `testSigner("ekiden test entity key seed")`. */
export function testSigner(name: string, role: SignerRole = SignerRole.unknown): MemorySigner {
  return new MemorySigner(testSeed(name), { role });
}
