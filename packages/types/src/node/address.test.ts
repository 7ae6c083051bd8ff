import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJson, encodeJson, isDecodeError, list } from "@wadi/codec";
import { fromHex, toHex } from "@wadi/util";
import fc from "fast-check";

import { Address, ConsensusAddress, addressesEqual, formatAddress, parseAddress } from "./address.ts";
import { formatIP, parseIP } from "./ip.ts";

const mapped = (v4: string): string => `00000000000000000000ffff${v4}`;

test("IPv6 texts are read and printed as Go does", () => {
  const cases: readonly (readonly [text: string, printed: string])[] = [
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["64:ff9b::1.2.3.4", "64:ff9b::102:304"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ];
  for (const [text, printed] of cases) assert.equal(formatIP(parseIP(text)?.ip ?? null), printed, text);
});

test("what is no IP literal is not read", () => {
  const bad = [
    "",
    "1.2.3",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4.5",
    "1.2.3.4%eth0",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "12345::",
  ];
  for (const text of [...bad, "::1%", "1:2:3:4:5:6:7:8:9", "g::", "::1.2.3", "1.2.3.4::", "1:2:3:4:5:6:7:8::"]) {
    assert.equal(parseIP(text), undefined, text);
  }
});

test("any 16 bytes come back from their text", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat({ max: 0xffff }), (ip, port) => {
      const address = { ip, port: BigInt(port), zone: "" };
      assert.deepEqual(parseAddress(formatAddress(address)), address);
    }),
  );
});

test("an IPv4 text gives the mapped form, which equals the short one", () => {
  const address = parseAddress("1.2.3.4:80");
  assert.equal(toHex(address.ip ?? new Uint8Array(0)), mapped("01020304"));
  assert.ok(addressesEqual(address, { ...address, ip: fromHex("01020304") }));
  assert.ok(!addressesEqual(address, { ...address, ip: null }));
});

test("ports are numbers up to 65535 or well-known names", () => {
  assert.equal(parseAddress("1.2.3.4:").port, 0n);
  assert.equal(parseAddress("1.2.3.4:HTTPS").port, 443n);
  for (const text of ["1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:nothing"]) {
    assert.throws(() => parseAddress(text), isDecodeError, text);
  }
});

test("host names and malformed addresses are refused", () => {
  for (const text of ["localhost:80", "::1:80", "[::1]", "[::1:80", "[::1]x:80", "a[b:80", "1.2.3.4]:80", "no port"]) {
    assert.throws(() => parseAddress(text), isDecodeError, text);
  }
});

test("addresses of odd length and without IP print as Go prints them and do not come back", () => {
  const address = { ip: fromHex("0102"), port: 1n, zone: "" };
  assert.equal(formatAddress(address), "?0102:1");
  assert.equal(formatAddress({ ...address, ip: null }), "<nil>:1");
  assert.throws(() => parseAddress("<nil>:1"), isDecodeError);
});

test("the JSON of lists of addresses is text", () => {
  const text = '["[fe80::1%eth0]:80","1.2.3.4:5"]';
  assert.equal(encodeJson(list(Address), decodeJson(list(Address), text)), text);
  for (const bad of ['["AA==@1.2.3.4:5"]', '["@1.2.3.4:5"]', '["x"]', "[5]"]) {
    assert.throws(() => decodeJson(list(ConsensusAddress), bad), isDecodeError, bad);
  }
});
