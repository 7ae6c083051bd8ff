import assert from "node:assert/strict";
import { test } from "node:test";
import { create, isDecodeError } from "@wadi/codec";
import { addressFromText, hashOf } from "@wadi/crypto";

import { Account, EscrowAccount, GeneralAccount } from "../staking/account.ts";
import { Document } from "./document.ts";
import {
  cometbftChainId,
  decodeGenesis,
  encodeGenesis,
  genesisChainContext,
  genesisHash,
  parseGenesis,
  printGenesis,
} from "./genesis.ts";

const empty = Document.zero();
const address = addressFromText("oasis1qrmufhkkyyf79s5za2r8yga9gnk4t446dcy3a5zm");

test("null and empty extra data hash differently", () => {
  const hashes = [null, new Map(), new Map([["a", null]]), new Map([["a", new Uint8Array(0)]])].map((extraData) => {
    const document = { ...empty, extraData };
    const again = parseGenesis(printGenesis(document));
    assert.deepEqual(again.extraData, extraData);
    assert.equal(genesisHash(again), genesisHash(document));
    return genesisHash(document);
  });
  assert.equal(new Set(hashes).size, 4);
  assert.equal(parseGenesis("{}").extraData, null);
});

test("the fraction of a second and the zone are kept in JSON and not hashed", () => {
  const times = ["2019-11-27T12:38:04Z", "2019-11-27T12:38:04.5Z", "2019-11-27T13:38:04+01:00"];
  const documents = times.map((time) => parseGenesis(`{"genesis_time":"${time}"}`));
  assert.equal(new Set(documents.map(genesisHash)).size, 1);
  for (const [i, document] of documents.entries()) assert.ok(printGenesis(document).includes(`"${times[i]}"`));
  const later = parseGenesis('{"genesis_time":"2019-11-27T12:38:05Z"}');
  assert.notEqual(genesisHash(later), genesisHash(documents[0] ?? empty));
  assert.equal(parseGenesis('{"genesis_time":"0001-01-01T00:00:00Z"}').genesisTime, null);
});

test("the hash is that of the canonical CBOR", () => {
  const document = { ...empty, height: (1n << 63n) - 1n };
  assert.equal(genesisHash(document), hashOf(encodeGenesis(document)));
  assert.deepEqual(decodeGenesis(encodeGenesis(document)), document);
  assert.equal(cometbftChainId(genesisChainContext(document)).length, 50);
});

test("JSON is read as the reference reads it", () => {
  const document = parseGenesis(
    '{"HEIGHT":1,"unknown":[{}],"chain_id":"a","chain_id":"b","staking":null,"height":null}',
  );
  assert.equal(document.height, 1n);
  assert.equal(document.chainId, "b");
  assert.deepEqual(document.staking, empty.staking);
});

test("integers are not rounded", () => {
  const document = parseGenesis('{"beacon":{"base":18446744073709551615}}');
  assert.equal(document.beacon.base, (1n << 64n) - 1n);
  assert.ok(printGenesis(document).includes('"base": 18446744073709551615'));
  assert.throws(() => parseGenesis('{"beacon":{"base":18446744073709551616}}'), isDecodeError);
});

test("empty parts of accounts are one object", () => {
  const account =
    '{"general":{"balance":"7"},"escrow":{"active":{"balance":"0","total_shares":"0"},"commission_schedule":{}}}';
  const text = `{"staking":{"ledger":{"oasis1qrmufhkkyyf79s5za2r8yga9gnk4t446dcy3a5zm":${account}}}}`;
  const read = parseGenesis(text).staking.ledger.get(address);
  assert.equal(read?.escrow, EscrowAccount.zero());
  const general = create(GeneralAccount, { balance: 7n });
  assert.deepEqual(read, create(Account, { general }));
});

test("an error names the place", () => {
  const bad: readonly (readonly [json: string, place: string])[] = [
    ['{"staking":{"total_supply":5}}', "staking.total_supply"],
    ['{"staking":{"ledger":{"oasis1":{}}}}', "staking.ledger"],
    ['{"registry":{"runtimes":[{"id":"00"}]}}', "registry.runtimes[0].id"],
    ['{"registry":{"nodes":[null]}}', "registry.nodes[0]"],
    ['{"extra_data":{"a":"%"}}', "extra_data"],
  ];
  for (const [json, place] of bad) {
    assert.throws(
      () => parseGenesis(json),
      (e) => isDecodeError(e) && e.path.startsWith(place),
      json,
    );
  }
});

test("what is no document is refused", () => {
  for (const json of ["", "[]", "{", "null x", '{"height":1.5}', '{"height":"1"}', "\u0000"]) {
    assert.throws(() => parseGenesis(json), isDecodeError, json);
  }
});
