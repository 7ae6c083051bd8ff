// Makes a genesis document of a given size: accounts as a network's state dump has them, with
// delegations to them, and otherwise zero values.
import { closeSync, openSync, writeSync } from "node:fs";
import { addressFromBytes } from "@wadi/crypto";

import { Document } from "../src/genesis/document.ts";
import { printGenesis } from "../src/genesis/genesis.ts";
import { formatAddressText } from "../src/scalars/address-text.ts";

/** Delegations to every account. */
const DELEGATIONS = 2;

function address(n: number): string {
  const bytes = new Uint8Array(21);
  new DataView(bytes.buffer).setUint32(1, n);
  // Spread over the range, so that text order is not the order of numbers.
  new DataView(bytes.buffer).setUint32(5, Math.imul(n, 2_654_435_761) >>> 0);
  return formatAddressText(addressFromBytes(bytes));
}

function account(n: number): string {
  return `      "${address(n)}": {
        "general": {
          "balance": "${1_000_000_007 * n}",
          "nonce": ${n % 1000}
        },
        "escrow": {
          "active": {
            "balance": "${n % 8 === 0 ? n : 0}",
            "total_shares": "${n % 8 === 0 ? n : 0}"
          },
          "debonding": {
            "balance": "0",
            "total_shares": "0"
          },
          "commission_schedule": {},
          "stake_accumulator": {}
        }
      }`;
}

function delegations(n: number): string {
  const from = Array.from(
    { length: DELEGATIONS },
    (_, i) => `        "${address(n + i)}": {
          "shares": "${n + 1}000000000"
        }`,
  );
  return `      "${address(n)}": {\n${from.join(",\n")}\n      }`;
}

/** Writes a document of at least `size` bytes and says how many accounts it has. */
export function writeLargeGenesis(path: string, size: number): number {
  // The members of the staking section are all there; the maps come before its end.
  const empty = printGenesis(Document.zero());
  const marker = '"governance_deposits": "0"';
  const at = empty.indexOf(marker) + marker.length;
  const file = openSync(path, "w");
  try {
    let written = writeSync(file, empty.slice(0, at));
    const writeMap = (name: string, count: number, entry: (n: number) => string): number => {
      written += writeSync(file, `,\n    "${name}": {\n`);
      let n = 0;
      for (; count > 0 ? n < count : written < size * 0.6; n++) {
        written += writeSync(file, `${n === 0 ? "" : ",\n"}${entry(n)}`);
      }
      written += writeSync(file, "\n    }");
      return n;
    };
    const accounts = writeMap("ledger", 0, account);
    writeMap("delegations", Math.ceil((size * 0.4) / delegations(accounts).length), delegations);
    writeSync(file, empty.slice(at));
    return accounts;
  } finally {
    closeSync(file);
  }
}
