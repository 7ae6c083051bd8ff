// Public keys that must never verify anything: the keys behind reserved accounts (nobody holds
// their private halves, but nothing may ever be signed by them), keys whose seeds are public, and
// those a network's genesis document lists. Rule: go/common/crypto/signature/signature.go.
import { publicKeyText, type PublicKey } from "./brands.ts";
import { CryptoError } from "./errors.ts";

/** Keys of the reserved accounts; the burn key is hash-to-curve of a fixed text (see `curve.test.ts`). */
export const reservedKeys = Object.freeze({
  commonPool: "1abe11edc001ffffffffffffffffffffffffffffffffffffffffffffffffffff" as PublicKey,
  feeAccumulator: "1abe11edfeeaccffffffffffffffffffffffffffffffffffffffffffffffffff" as PublicKey,
  governanceDeposits: "1abe11eddeaccfffffffffffffffffffffffffffffffffffffffffffffffffff" as PublicKey,
  burn: "8a4a49afa334bd61da65766d9b2cc8e7c263ba9a446f36e5227f3ec5c0988825" as PublicKey,
});

/** Keys whose seeds are in the reference's sources; only debugging networks accept them. */
export const testKeys: readonly PublicKey[] = Object.freeze([
  "2dd4ca7b065c19014851507e2644d4f62e152dc13ab32f3241300224e4f50c6a", // oasis-core epochtime mock key seed
  "4ea5328f943ef6f66daaed74cb0e99c3b1c45f76307b425003dbc7cb3638ed35", // ekiden test entity key seed
  "75da08e32ec820b4fe362b55092bc319e87c5fa47b6420357b331e98f6c0c1ba",
  "9d41a874b80e39a40c9644e964f0e4f967100c91654bfd7666435fe906af060f", // old insecure enclave signing key
  "c7c277acfd0529a3495fe405cb9e1df1d8dcba490a060f5ec1d81e1ca0f84432", // ekiden test key manager RAK seed
  "d64294e9ef5a22b3e68b31ba2baff8a227849ecfc58c7eb57b2c9b6faed47715", // ekiden key manager test multisig key 0
  "ece186bd42b6007e52155c758b22cbd8308e2a346e11ec46d3ad21fa892e5b33", // ekiden key manager test multisig key 1
  "f384cd8b0472058f1a097a4ad0b8831619a8aeb48f17d79d3dfaf1a9d2a6c2cf", // ekiden key manager test multisig key 2
] as PublicKey[]);

/** The forbidden keys of one network. */
export class KeyBlacklist {
  readonly #keys: Set<PublicKey>;

  /** Starts with the reserved keys and, unless test keys are allowed, the test keys. */
  constructor(options: { readonly allowTestKeys?: boolean } = {}) {
    this.#keys = new Set([...Object.values(reservedKeys), ...(options.allowTestKeys === true ? [] : testKeys)]);
  }

  has(key: PublicKey): boolean {
    return this.#keys.has(key);
  }

  /** Forbids a key; throws `alreadyBlacklisted` if it is forbidden already. */
  add(key: PublicKey): void {
    if (this.#keys.has(key)) {
      throw new CryptoError("alreadyBlacklisted", `signature: public key '${publicKeyText(key)}' already in blacklist`);
    }
    this.#keys.add(key);
  }

  /** Forbids the keys of a genesis document, in order; throws as `add` does. */
  addAll(keys: Iterable<PublicKey>): void {
    for (const key of keys) this.add(key);
  }

  keys(): Iterable<PublicKey> {
    return this.#keys.values();
  }
}
