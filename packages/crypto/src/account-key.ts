// Account keys from words (ADR 0008): BIP-39 mnemonic and passphrase, then SLIP-0010 along
// m/44'/474'/number'. Rule: go/common/crypto/sakg/sakg.go.
//
// The passphrase is normalised (NFKD) as BIP-39 demands and wallets do; the reference takes it as
// typed, which only differs for characters outside ASCII.
import { entropyToMnemonic, mnemonicToSeedSync, validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";

import { HARDENED, formatBip32Path, parseBip32Path } from "./bip32-path.ts";
import { CryptoError } from "./errors.ts";
import { MemorySigner } from "./signer.ts";
import { slip10ChildKey, slip10MasterKey } from "./slip10.ts";

const ACCOUNT_NUMBER_MAX = HARDENED - 1;

const PATH_PREFIX = parseBip32Path("m/44'/474'");

/** The words of 16 to 32 random bytes (12 to 24 words). */
export function mnemonicFromEntropy(entropy: Uint8Array): string {
  return entropyToMnemonic(entropy, wordlist);
}

/** True for English words with a correct checksum. */
export function isValidMnemonic(mnemonic: string): boolean {
  return validateMnemonic(mnemonic, wordlist);
}

/**
 * The signer of an account and the path of its key. Throws `invalidKeyNumber` or
 * `invalidMnemonic`. Takes some milliseconds, by design of BIP-39.
 */
export function accountSigner(
  mnemonic: string,
  passphrase: string,
  number: number,
): { readonly signer: MemorySigner; readonly path: string } {
  if (!Number.isInteger(number) || number < 0 || number > ACCOUNT_NUMBER_MAX) {
    const text = `sakg: invalid key number: ${number} (maximum: ${ACCOUNT_NUMBER_MAX})`;
    throw new CryptoError("invalidKeyNumber", text);
  }
  if (!isValidMnemonic(mnemonic)) throw new CryptoError("invalidMnemonic");
  const path = [...PATH_PREFIX, number + HARDENED];
  let key = slip10MasterKey(mnemonicToSeedSync(mnemonic, passphrase));
  for (const index of path) key = slip10ChildKey(key, index);
  return { signer: new MemorySigner(key.seed), path: formatBip32Path(path) };
}
