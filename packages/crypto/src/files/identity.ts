// The keys of a node in its data directory: loaded at start, made where they are missing. Rule:
// go/common/identity/identity.go.
import { randomBytes as nodeRandomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { NODE_COMMON_NAME } from "../certificate.ts";
import { CryptoError } from "../errors.ts";
import { SignerRole, type MemorySigner } from "../signer.ts";
import { FileSignerFactory, loadPublicKeyFile, type RandomBytes } from "./file-signer.ts";
import { isNotFound } from "./io.ts";
import { generateTlsIdentity, loadTlsKey, makeTlsIdentity, saveTlsIdentity, type TlsIdentity } from "./tls-files.ts";

/** Everything a node signs and connects with. */
export interface NodeIdentity {
  /** Signs registrations and the node's own transactions; its key is the node's ID. */
  readonly node: MemorySigner;
  /** The key of both peer-to-peer networks. */
  readonly p2p: MemorySigner;
  /** Signs votes and proposals. */
  readonly consensus: MemorySigner;
  /** Proves the node's share of the random beacon. */
  readonly vrf: MemorySigner;
  /** What the node presents to those that connect to it. */
  readonly tls: TlsIdentity;
  /** What the node presents to its sentries. */
  readonly sentryClientTls: TlsIdentity;
}

export interface IdentityOptions {
  /** Unix seconds; certificates are valid around it. */
  readonly nowSeconds: number;
  readonly randomBytes?: RandomBytes;
}

/** Public half of each key that a node needs. */
export const publicKeyFileNames = {
  node: "identity_pub.pem",
  p2p: "p2p_pub.pem",
  consensus: "consensus_pub.pem",
  vrf: "vrf_pub.pem",
} as const;

const tlsFileNames = {
  key: "tls_identity.pem",
  certificate: "tls_identity_cert.pem",
  sentryClientKey: "sentry_client_tls_identity.pem",
  sentryClientCertificate: "sentry_client_tls_identity_cert.pem",
} as const;

/** Keys that rotated in old versions; nothing reads them any more. */
const LEGACY_FILES = ["tls_ephemeral.pem", "tls_ephemeral_next.pem", "tls_ephemeral_new_next.pem"];

type SignerName = keyof typeof publicKeyFileNames;

/**
 * Loads the identity in a directory and makes what is missing. Both certificates are written anew.
 * Throws what `FileSignerFactory.load` and `loadPublicKeyFile` throw, and `sentryKey`.
 */
export function loadOrCreateIdentity(directory: string, options: IdentityOptions): NodeIdentity {
  return openIdentity(directory, options, true);
}

/** As `loadOrCreateIdentity`, but a signing key that is missing throws `keyNotFound`. */
export function loadIdentity(directory: string, options: IdentityOptions): NodeIdentity {
  return openIdentity(directory, options, false);
}

function openIdentity(directory: string, options: IdentityOptions, create: boolean): NodeIdentity {
  const randomBytes = options.randomBytes ?? nodeRandomBytes;
  for (const name of LEGACY_FILES) rmSync(join(directory, name), { force: true });
  const roles = [SignerRole.node, SignerRole.p2p, SignerRole.consensus, SignerRole.vrf];
  const factory = new FileSignerFactory(directory, roles, { randomBytes });
  const open = (name: SignerName): MemorySigner => {
    const publicPath = join(directory, publicKeyFileNames[name]);
    // Where the public half is left the key was lost: a new one would hide that, and not fit it.
    const signer = openSigner(factory, SignerRole[name], create && !existsSync(publicPath));
    loadPublicKeyFile(publicPath, signer);
    return signer;
  };
  const node = open("node");
  const p2p = open("p2p");
  const consensus = open("consensus");
  const vrf = open("vrf");
  const tls = openTls(directory, options.nowSeconds, randomBytes);
  const sentryClientTls = openSentryClientTls(directory, options.nowSeconds, randomBytes);
  return { node, p2p, consensus, vrf, tls, sentryClientTls };
}

function openSigner(factory: FileSignerFactory, role: SignerRole, create: boolean): MemorySigner {
  try {
    return factory.load(role);
  } catch (e) {
    if (create && e instanceof CryptoError && e.kind === "keyNotFound") return factory.generate(role);
    throw e;
  }
}

/** The TLS key pins nothing that cannot be registered again: one that does not load is replaced. */
function openTls(directory: string, nowSeconds: number, randomBytes: RandomBytes): TlsIdentity {
  const keyPath = join(directory, tlsFileNames.key);
  let identity: TlsIdentity;
  try {
    identity = makeTlsIdentity(loadTlsKey(keyPath), NODE_COMMON_NAME, nowSeconds);
  } catch {
    identity = generateTlsIdentity(NODE_COMMON_NAME, nowSeconds, randomBytes);
  }
  saveTlsIdentity(join(directory, tlsFileNames.certificate), keyPath, identity);
  return identity;
}

/** Sentries are configured with this key by hand: only a missing one is made. */
function openSentryClientTls(directory: string, nowSeconds: number, randomBytes: RandomBytes): TlsIdentity {
  const keyPath = join(directory, tlsFileNames.sentryClientKey);
  let identity: TlsIdentity;
  try {
    identity = makeTlsIdentity(loadTlsKey(keyPath), NODE_COMMON_NAME, nowSeconds);
  } catch (cause) {
    if (!isNotFound(cause)) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const text = `identity: unable to read sentry client key from file: ${reason}`;
      throw new CryptoError("sentryKey", text, { cause });
    }
    identity = generateTlsIdentity(NODE_COMMON_NAME, nowSeconds, randomBytes);
  }
  saveTlsIdentity(join(directory, tlsFileNames.sentryClientCertificate), keyPath, identity);
  return identity;
}
