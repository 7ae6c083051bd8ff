import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "@wadi/config";
import { node, type PublicKey } from "@wadi/types";

import { nodeAddresses } from "./addresses.ts";
import { StartFailure } from "./failure.ts";

const key = "1".repeat(64) as PublicKey;

function addresses(yaml: string, allowsUnroutable: boolean) {
  const found = nodeAddresses(parseConfig(yaml, "config.yml", {}), key, allowsUnroutable);
  return {
    p2p: found.p2pAddresses.map(node.formatAddress),
    consensus: found.consensusAddresses.map(({ address }) => node.formatAddress(address)),
  };
}

const both = 'p2p: { registration: { addresses: ["10.0.0.1:9200", "1.1.1.1:9200"] } }\n';
const external = "consensus: { external_address: tcp://1.1.1.1:26656 }\n";

test("what the network would refuse is not registered", () => {
  assert.deepEqual(addresses(both + external, false), { p2p: ["1.1.1.1:9200"], consensus: ["1.1.1.1:26656"] });
  assert.deepEqual(addresses(both, true).p2p, ["10.0.0.1:9200", "1.1.1.1:9200"]);
});

test("without addresses those of the machine are taken, with the ports that are listened to", () => {
  const { consensus, p2p } = addresses("p2p: { port: 7 }\n", true);
  assert.ok(p2p.every((address) => address.endsWith(":7")));
  assert.match(consensus[0] ?? "", /^(?!0\.0\.0\.0).*:26656$/);
});

test("addresses that cannot be used keep the node from starting", () => {
  for (const yaml of [
    'p2p: { registration: { addresses: ["somewhere:9200"] } }',
    "consensus: { external_address: http://1.1.1.1:1 }",
    "consensus: { listen_address: nonsense }",
  ]) {
    assert.throws(() => addresses(yaml, true), StartFailure, yaml);
  }
});
