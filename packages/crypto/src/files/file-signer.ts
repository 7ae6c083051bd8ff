// Private keys in PEM files. Rules: go/common/crypto/signature/signers/file/file_signer.go and
// PublicKey.LoadPEM of go/common/crypto/signature/signature.go.
//
// A private key file holds seed and public half; the public half is believed, as the reference
// does, but a signer whose halves do not belong together refuses to sign.
import { randomBytes as nodeRandomBytes } from "node:crypto";
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { concatBytes } from "@wadi/util";

import { bytesOf, publicKeyFromBytes, type PublicKey } from "../brands.ts";
import { Ed25519PrivateKey, SEED_SIZE } from "../ed25519.ts";
import { CryptoError } from "../errors.ts";
import { decodePublicKeyPem, encodePem, encodePublicKeyPem, pemTypes, readPem } from "../pem.ts";
import { MemorySigner, STATIC_ENTROPY_SIZE, SignerRole } from "../signer.ts";
import { createFile, isNotFound, namingFile, replaceFile } from "./io.ts";

/** The only permission bits a private key file may have. */
const PRIVATE_MODE = 0o600;

/** File of the P2P key's static entropy. */
const P2P_ENTROPY_FILE = "p2p_entropy.pem";

/** File of each role's private key. */
export const keyFileNames: ReadonlyMap<SignerRole, string> = new Map<SignerRole, string>([
  [SignerRole.entity, "entity.pem"],
  [SignerRole.node, "identity.pem"],
  [SignerRole.p2p, "p2p.pem"],
  [SignerRole.consensus, "consensus.pem"],
  [SignerRole.vrf, "vrf.pem"],
]);

/** Fills a fresh array with random bytes. */
export type RandomBytes = (size: number) => Uint8Array;

/** The exact text of a private key file. */
function encodePrivateKeyPem(key: Ed25519PrivateKey): string {
  const seed = key.exportSeed();
  const text = encodePem(pemTypes.privateKey, concatBytes(seed, bytesOf(key.publicKey)));
  seed.fill(0);
  return text;
}

/** Keys of one data directory. */
export class FileSignerFactory {
  readonly #directory: string;
  readonly #roles: ReadonlySet<SignerRole>;
  readonly #randomBytes: RandomBytes;

  /** Serves only the roles it is made for. */
  constructor(directory: string, roles: readonly SignerRole[], options: { readonly randomBytes?: RandomBytes } = {}) {
    this.#directory = directory;
    this.#roles = new Set(roles);
    this.#randomBytes = options.randomBytes ?? nodeRandomBytes;
  }

  /**
   * Makes and stores a new key, for the P2P role also its entropy. Throws `roleMismatch` or
   * `keyExists`.
   */
  generate(role: SignerRole): MemorySigner {
    const path = this.#pathOf(role);
    if (existsSync(path)) throw new CryptoError("keyExists");
    const key = new Ed25519PrivateKey(this.#randomBytes(SEED_SIZE));
    try {
      createFile(path, encodePrivateKeyPem(key), PRIVATE_MODE);
    } catch (cause) {
      if (existsSync(path)) throw new CryptoError("keyExists", undefined, { cause });
      throw cause;
    }
    const entropy = role === SignerRole.p2p ? this.#generateEntropy() : undefined;
    return new MemorySigner(key.exportSeed(), { role, ...(entropy === undefined ? {} : { entropy }) });
  }

  /**
   * Loads a key. Entropy that is missing beside a P2P key is made (old key directories have none).
   * Throws `roleMismatch`, `keyNotFound`, `keyPermissions`, a PEM error or `malformedPrivateKey`.
   */
  load(role: SignerRole): MemorySigner {
    const path = this.#pathOf(role);
    const entropy = (): Uint8Array | undefined => (role === SignerRole.p2p ? this.#loadEntropy() : undefined);
    return readPrivateKey(path, role, entropy);
  }

  #pathOf(role: SignerRole): string {
    const name = keyFileNames.get(role);
    if (name === undefined || !this.#roles.has(role)) throw new CryptoError("roleMismatch");
    return join(this.#directory, name);
  }

  #loadEntropy(): Uint8Array {
    const path = join(this.#directory, P2P_ENTROPY_FILE);
    let text: string;
    try {
      text = readPrivateFile(path);
    } catch (e) {
      if (e instanceof CryptoError && e.kind === "keyNotFound") return this.#generateEntropy();
      throw e;
    }
    return namingFile(path, () => {
      const entropy = readPem(pemTypes.staticEntropy, text);
      if (entropy.length !== STATIC_ENTROPY_SIZE) throw new CryptoError("malformedPrivateKey");
      return entropy;
    });
  }

  #generateEntropy(): Uint8Array {
    const entropy = this.#randomBytes(STATIC_ENTROPY_SIZE);
    // Entropy left over from another key is replaced: it belongs to the key beside it.
    replaceFile(join(this.#directory, P2P_ENTROPY_FILE), encodePem(pemTypes.staticEntropy, entropy), PRIVATE_MODE);
    return entropy;
  }
}

/** Loads a key from any file, without role and entropy. Throws as `FileSignerFactory.load` does. */
export function loadKeyFile(path: string): MemorySigner {
  return readPrivateKey(path, SignerRole.unknown, () => undefined);
}

function readPrivateKey(path: string, role: SignerRole, loadEntropy: () => Uint8Array | undefined): MemorySigner {
  const text = readPrivateFile(path);
  const { content, publicKey } = namingFile(path, () => readKeys(text));
  const entropy = loadEntropy();
  const signer = new MemorySigner(content.subarray(0, SEED_SIZE), {
    role,
    publicKey,
    ...(entropy === undefined ? {} : { entropy }),
  });
  content.fill(0);
  return signer;
}

/** The content of a key's file and the public half in it. */
function readKeys(text: string): { readonly content: Uint8Array; readonly publicKey: PublicKey } {
  const content = readPem(pemTypes.privateKey, text);
  if (content.length !== SEED_SIZE + 32) throw new CryptoError("malformedPrivateKey");
  return { content, publicKey: publicKeyFromBytes(content.subarray(SEED_SIZE)) };
}

/** The text of a file whose permission bits are exactly 0600. */
function readPrivateFile(path: string): string {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (e) {
    if (isNotFound(e)) throw new CryptoError("keyNotFound", `file does not exist: ${path}`, { cause: e });
    throw e;
  }
  try {
    const mode = fstatSync(file).mode & 0o777;
    if (mode !== PRIVATE_MODE) {
      const text = `signature/signer/file: invalid PEM file permissions ${mode.toString(8)} on ${path}`;
      throw new CryptoError("keyPermissions", text);
    }
    return readFileSync(file, "latin1");
  } finally {
    closeSync(file);
  }
}

/**
 * The public key in a file. With a signer: a missing file is made from it, a file with another key
 * throws `publicPemMismatch`. The file's permissions are not checked.
 */
export function loadPublicKeyFile(path: string, signer?: { readonly publicKey: PublicKey }): PublicKey {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (e) {
    if (!isNotFound(e)) throw e;
    if (signer === undefined) throw new CryptoError("keyNotFound", `file does not exist: ${path}`, { cause: e });
    createFile(path, encodePublicKeyPem(signer.publicKey), PRIVATE_MODE);
    return signer.publicKey;
  }
  return namingFile(path, () => {
    const key = decodePublicKeyPem(text);
    if (signer !== undefined && key !== signer.publicKey) throw new CryptoError("publicPemMismatch");
    return key;
  });
}
