// Costs of the structures that nodes handle most: descriptors, transactions, genesis documents.
import { create, decodeCbor, encodeCbor } from "@wadi/codec";
import { addressFromBytes, chainContext, SignatureVerifier, testSigner } from "@wadi/crypto";
import { benchLine, measure, throughput } from "@wadi/testing";
import { utf8 } from "@wadi/util";

import { Document } from "./genesis/document.ts";
import { genesisHash, parseGenesis, printGenesis } from "./genesis/genesis.ts";
import { Node, NodeV3 } from "./node/node.ts";
import { Runtime as NodeRuntime } from "./node/info.ts";
import { roles } from "./node/roles.ts";
import { Account, type Delegation, GeneralAccount } from "./staking/account.ts";
import { Transfer } from "./staking/bodies.ts";
import { methods, newTransaction } from "./transaction/methods.ts";
import {
  openRawTransaction,
  SignedTransaction,
  signTransaction,
  transactionContext,
} from "./transaction/transaction.ts";

function benchNode(): void {
  const address = { ip: Uint8Array.of(35, 237, 83, 124), port: 9200n, zone: "" };
  const key = testSigner("node").publicKey;
  const node: Node = create(NodeV3, {
    v: 3,
    id: key,
    entityId: key,
    expiration: 42n,
    tls: { pubKey: key },
    p2p: { id: key, addresses: [address] },
    consensus: { id: key, addresses: [{ id: key, address }] },
    vrf: { id: key },
    runtimes: [create(NodeRuntime, {}), create(NodeRuntime, {})],
    roles: roles.compute | roles.validator,
  });
  const encoded = encodeCbor(Node, node);
  const ran = `node descriptor of ${encoded.length} bytes`;
  const encode = throughput(() => encodeCbor(Node, node));
  benchLine({ name: "types/node/encode", unit: "ops/s", value: encode, ran });
  const decode = throughput(() => decodeCbor(Node, encoded));
  benchLine({ name: "types/node/decode", unit: "ops/s", value: decode, ran });
}

function benchTransaction(): void {
  const context = transactionContext(chainContext("bench"));
  const options = { nonce: 1n, fee: { amount: 1n, gas: 1000n } };
  const transfer = newTransaction(methods.stakingTransfer, create(Transfer, { amount: 10n ** 9n }), options);
  const raw = encodeCbor(SignedTransaction, signTransaction(transfer, context, testSigner("alice")));
  const decode = throughput(() => decodeCbor(SignedTransaction, raw));
  benchLine({ name: "types/transaction/decode", unit: "ops/s", value: decode, ran: "envelope of a transfer" });
  const verifier = new SignatureVerifier({ cacheSize: 0 });
  const open = throughput(() => openRawTransaction(raw, context, verifier));
  benchLine({ name: "types/transaction/open", unit: "ops/s", value: open, ran: "decode and verify a transfer" });
}

function benchGenesis(): void {
  const accounts = 20_000;
  const addresses = Array.from({ length: accounts }, (_, n) => {
    const bytes = new Uint8Array(21);
    new DataView(bytes.buffer).setUint32(1, n);
    return addressFromBytes(bytes);
  });
  const general = (n: number): GeneralAccount => create(GeneralAccount, { balance: BigInt(n) * 10n ** 9n, nonce: 3n });
  const ledger = new Map(addresses.map((address, n) => [address, create(Account, { general: general(n) })]));
  const delegation: Delegation = { shares: 10n ** 12n };
  const delegations = new Map(addresses.map((address) => [address, new Map([[address, delegation]])]));
  const empty = Document.zero();
  const document = { ...empty, staking: { ...empty.staking, ledger, delegations } };
  const json = utf8(printGenesis(document));
  const megabytes = json.length / 1e6;
  const ran = `document of ${megabytes.toFixed(1)} MB with ${accounts} accounts`;
  const parsed = measure(() => parseGenesis(json));
  benchLine({ name: "types/genesis/parse", unit: "MB/s", value: megabytes / parsed.seconds, ran });
  const hashed = measure(() => genesisHash(document));
  benchLine({ name: "types/genesis/hash", unit: "ms", value: hashed.seconds * 1000, ran });
  const printed = measure(() => printGenesis(document));
  benchLine({ name: "types/genesis/print", unit: "MB/s", value: megabytes / printed.seconds, ran });
}

benchNode();
benchTransaction();
benchGenesis();
