import assert from "node:assert/strict";
import {
  addressFromText,
  addressToText,
  bytesOf,
  deriveAddress,
  ethAccountAddress,
  isReservedAddress,
  moduleAddress,
  multisigAddress,
  namespaceFromHex,
  publicKeyFromHex,
  runtimeAddress,
  sdkModuleAddress,
  secp256k1EthAddress,
  stakingAddress,
  vaultAddress,
  type Address,
} from "@wadi/crypto";
import { fromBase64, fromHex, toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface AddressVector {
  readonly address: string;
  readonly bech32: string;
  readonly context: string;
  readonly data: string;
  readonly kind: string;
  readonly note: string;
  readonly reserved: boolean;
  readonly version: number;
}

interface SdkVector {
  readonly bech32: string;
  readonly context: string;
  readonly kind: string;
  readonly data?: string;
  readonly public_key_compressed_base64?: string;
}

interface Addresses {
  readonly vectors: readonly AddressVector[];
  readonly sdk_known: readonly SdkVector[];
  readonly text_parsing: readonly { readonly text: string; readonly result: string }[];
}

const text = (hex: string): string => Buffer.from(hex, "hex").toString("utf8");

/** The address by the function for its kind, beside the general derivation. */
function ofKind(v: AddressVector): Address {
  if (v.kind === "staking") return stakingAddress(publicKeyFromHex(v.data));
  if (v.kind === "runtime") return runtimeAddress(namespaceFromHex(v.data));
  const [module = "", ...kind] = text(v.data).split(".");
  if (v.note !== "vault address") return moduleAddress(module, kind.join("."));
  const [, creator = "", number = ""] = kind;
  return vaultAddress(addressFromText(creator), BigInt(number));
}

/** The multisig configuration that the file describes in words, as canonical CBOR. */
function multisigConfig(): Uint8Array {
  const signer = (key: string): string =>
    `a266776569676874016a7075626c69635f6b6579a167656432353531395820${toHex(fromBase64(key))}`;
  const signers = ["NcPzNW3YU2T+ugNUtUWtoQnRvbOL9dYSaBfbjHLP1pE=", "YgkEiVSR4SMQdfXw+ppuFYlqH0seutnCKk8KG8PyAx0="];
  return fromHex(`a2677369676e65727382${signers.map(signer).join("")}697468726573686f6c6402`);
}

function ofSdkKind(v: SdkVector): Address {
  switch (v.kind) {
    case "secp256k1eth":
      return secp256k1EthAddress(fromBase64(v.public_key_compressed_base64 ?? ""));
    case "secp256k1eth from eth address":
      return ethAccountAddress(fromHex(v.data ?? ""));
    case "module": {
      const data = fromHex(v.data ?? "");
      const dot = data.indexOf(0x2e);
      return sdkModuleAddress(Buffer.from(data.subarray(0, dot)).toString("utf8"), data.subarray(dot + 1));
    }
    case "multisig":
      return multisigAddress(multisigConfig());
    default:
      throw new Error(`unknown kind ${v.kind}`);
  }
}

function parsing(text: string): string {
  try {
    return `ok ${addressToText(addressFromText(text))}`;
  } catch (e) {
    return `error: ${e instanceof Error ? e.message : String(e)}`;
  }
}

export const suite: Suite = {
  file: "common/addresses",
  run(r: Recorder): void {
    const file = loadVector<Addresses>("common/addresses");
    if (file === undefined) throw new Error("common/addresses is absent");
    for (const v of file.vectors) {
      r.case(`${v.kind} ${v.bech32}`, () => {
        assert.equal(deriveAddress(v.context, fromHex(v.data), v.version), v.address, "derived");
        assert.equal(ofKind(v), v.address, "by kind");
        const address = addressFromText(v.bech32);
        assert.equal(toHex(bytesOf(address)), v.address, "parsed");
        assert.equal(addressToText(address), v.bech32, "text");
        assert.equal(isReservedAddress(address), v.reserved, "reserved");
      });
    }
    for (const v of file.sdk_known) {
      r.case(`sdk ${v.kind} ${v.bech32}`, () => {
        assert.equal(addressToText(ofSdkKind(v)), v.bech32);
        const data = v.data === undefined ? undefined : fromHex(v.data);
        if (data !== undefined) assert.equal(addressToText(deriveAddress(v.context, data)), v.bech32, "by context");
        assert.ok(v.context.endsWith(v.kind.split(" ")[0] ?? ""), "context of the kind");
      });
    }
    for (const v of file.text_parsing) {
      r.case(`text ${JSON.stringify(v.text)}`, () => assert.equal(parsing(v.text), v.result));
    }
  },
};
