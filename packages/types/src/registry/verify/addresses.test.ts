import assert from "node:assert/strict";
import { test } from "node:test";

import { must } from "@wadi/util";

import { parseIP } from "../../node/ip.ts";
import { isGlobalUnicast, isRoutable, verifyAddress } from "./addresses.ts";

const ip = (text: string): Uint8Array => must(parseIP(text)).ip;
const short = (text: string): Uint8Array => ip(text).subarray(12);

/** First and last address of each reserved range, and the addresses around it. */
const EDGES: readonly (readonly [reserved: readonly string[], free: readonly string[]])[] = [
  [["0.0.0.0", "0.255.255.255"], ["1.0.0.0"]],
  [
    ["10.0.0.0", "10.255.255.255"],
    ["9.255.255.255", "11.0.0.0"],
  ],
  [
    ["100.64.0.0", "100.127.255.255"],
    ["100.63.255.255", "100.128.0.0"],
  ],
  [
    ["127.0.0.0", "127.255.255.255"],
    ["126.255.255.255", "128.0.0.0"],
  ],
  [
    ["169.254.0.0", "169.254.255.255"],
    ["169.253.255.255", "169.255.0.0"],
  ],
  [
    ["172.16.0.0", "172.31.255.255"],
    ["172.15.255.255", "172.32.0.0"],
  ],
  [
    ["192.0.0.0", "192.0.0.255"],
    ["191.255.255.255", "192.0.1.0"],
  ],
  [["192.0.2.0", "192.0.2.255"], ["192.0.3.0"]],
  [
    ["192.168.0.0", "192.168.255.255"],
    ["192.167.255.255", "192.169.0.0"],
  ],
  [
    ["198.18.0.0", "198.19.255.255"],
    ["198.17.255.255", "198.20.0.0"],
  ],
  [
    ["198.51.100.0", "198.51.100.255"],
    ["198.51.99.255", "198.51.101.0"],
  ],
  [
    ["203.0.113.0", "203.0.113.255"],
    ["203.0.112.255", "203.0.114.0"],
  ],
  [["240.0.0.0", "255.255.255.255"], []],
  [["::", "::1"], ["::2"]],
  [
    ["64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"],
    ["64:ff9b::", "64:ff9b:2::"],
  ],
  [
    ["100::", "100::ffff:ffff:ffff:ffff"],
    ["100:0:0:1::", "ff:ffff::"],
  ],
  [
    ["2001:2::", "2001::", "2001:1ff:ffff::"],
    ["2000:ffff::", "2001:200::"],
  ],
  [
    ["2001:db8::", "2001:db8:ffff::"],
    ["2001:db7::", "2001:db9::"],
  ],
  [
    ["fc00::", "fdff::"],
    ["fbff::", "fe00::"],
  ],
  [
    ["fe80::", "febf::"],
    ["fe7f::", "fec0::"],
  ],
];

test("reserved ranges end where they should, in both byte forms", () => {
  for (const [reserved, free] of EDGES) {
    for (const text of reserved) {
      assert.equal(isRoutable(ip(text)), false, text);
      if (text.includes(".")) assert.equal(isRoutable(short(text)), false, `4 bytes of ${text}`);
    }
    for (const text of free) {
      assert.equal(isRoutable(ip(text)), true, text);
      if (text.includes(".")) assert.equal(isRoutable(short(text)), true, `4 bytes of ${text}`);
    }
  }
});

test("global unicast is Go's notion: private passes, special does not", () => {
  for (const text of ["10.0.0.1", "192.168.1.1", "8.8.8.8", "240.0.0.1", "fc00::1", "2001:db8::1", "0.0.0.1", "::2"]) {
    assert.equal(isGlobalUnicast(ip(text)), true, text);
  }
  const special = ["0.0.0.0", "255.255.255.255", "127.0.0.1", "224.0.0.1", "239.1.1.1", "169.254.1.1"];
  for (const text of [...special, "::", "::1", "ff02::1", "fe80::1", "febf::1"]) {
    assert.equal(isGlobalUnicast(ip(text)), false, text);
  }
});

test("an address of an impossible length, or none, is refused unless anything goes", () => {
  for (const bytes of [null, new Uint8Array(), new Uint8Array(3), new Uint8Array(5), new Uint8Array(17)]) {
    assert.throws(() => verifyAddress(bytes, false), /not global unicast/, String(bytes?.length));
    verifyAddress(bytes, true);
  }
  assert.throws(() => verifyAddress(ip("192.168.1.1"), false), /not routable/);
  verifyAddress(ip("8.8.8.8"), false);
});
