// Text and binary readers of @wadi/crypto that meet outside input.
import assert from "node:assert/strict";
import {
  addressFromText,
  addressToText,
  bech32Decode,
  decodePem,
  decodeSignaturePem,
  parseBip32Path,
  parseCertificate,
  publicKeyFromBytes,
  verifyEd25519,
  verifyExact,
  verifyVrf,
} from "@wadi/crypto";
import { fromHex, utf8 } from "@wadi/util";
import { loadVector } from "../vectors.ts";
import type { FuzzTarget } from "./target.ts";

interface KeyFiles {
  readonly files: Record<string, { readonly content: string }>;
  readonly signature_pem: string;
  readonly tls: { readonly cert_der: string };
}
interface Addresses {
  readonly vectors: readonly { readonly bech32: string }[];
}
interface Primitives {
  readonly vrf: readonly { readonly public_key: string; readonly alpha: string; readonly pi: string }[];
}
interface Signatures {
  readonly public_key: string;
  readonly vectors: readonly { readonly digest: string; readonly signature: string }[];
}

const text = (input: Uint8Array): string => Buffer.from(input).toString("utf8");

const keyFiles = (): KeyFiles | undefined => loadVector<KeyFiles>("common/key_files");

function addressSeeds(): Uint8Array[] {
  return (loadVector<Addresses>("common/addresses")?.vectors ?? []).map((vector) => utf8(vector.bech32));
}

/** Key, digest and signature one after the other. */
function signatureSeeds(): Uint8Array[] {
  const file = loadVector<Signatures>("common/signatures");
  return (file?.vectors ?? []).map((v) => fromHex((file?.public_key ?? "") + v.digest + v.signature));
}

export const targets: readonly FuzzTarget[] = [
  { name: "crypto/bech32", seeds: addressSeeds, run: (input) => void bech32Decode(text(input)) },
  {
    name: "crypto/address-text",
    seeds: addressSeeds,
    run: (input) => {
      const given = text(input);
      assert.equal(addressToText(addressFromText(given)), given.toLowerCase());
    },
  },
  {
    name: "crypto/pem",
    seeds: () => Object.values(keyFiles()?.files ?? {}).map((file) => utf8(file.content)),
    run: (input) => void decodePem(text(input)),
  },
  {
    name: "crypto/signature-pem",
    seeds: () => [utf8(keyFiles()?.signature_pem ?? "")],
    run: (input) => void decodeSignaturePem(text(input)),
  },
  {
    name: "crypto/certificate",
    seeds: () => [fromHex(keyFiles()?.tls.cert_der ?? "")],
    run: (input) => void parseCertificate(input),
  },
  {
    name: "crypto/bip32-path",
    seeds: () => ["m", "m/44'/474'/0'", "m/1/2147483647"].map(utf8),
    run: (input) => void parseBip32Path(text(input)),
  },
  {
    name: "crypto/ed25519",
    weight: 0.02,
    seeds: signatureSeeds,
    run: (input) => {
      if (input.length < 32) return;
      const [key, digest, signature] = [input.subarray(0, 32), input.subarray(32, 64), input.subarray(64)];
      assert.equal(verifyEd25519(publicKeyFromBytes(key), digest, signature), verifyExact(key, digest, signature));
    },
  },
  {
    name: "crypto/vrf",
    weight: 0.02,
    seeds: () =>
      (loadVector<Primitives>("common/primitives")?.vrf ?? []).map((v) => fromHex(v.public_key + v.pi + v.alpha)),
    run: (input) => {
      if (input.length < 32) return;
      verifyVrf(publicKeyFromBytes(input.subarray(0, 32)), input.subarray(112), input.subarray(32, 112));
    },
  },
];
