// Blocks per second of the round state machine alone: real signatures, no disk, no gossip.
import { engineVerifier, proposalSignBytes, signaturePrehash, voteSignBytes } from "@wadi/comet-types";
import { Ed25519PrivateKey, KeyCache, sha512_256, verifyEd25519, type PublicKey } from "@wadi/crypto";
import { benchLine, measure } from "@wadi/testing";
import { must, utf8 } from "@wadi/util";
import { CachingVerifier } from "../execution/verified-signatures.ts";
import { CHAIN_ID, toyGenesis, toyTx } from "./testing/toy-chain.ts";
import { ToyNetwork } from "./testing/toy-network.ts";
import type { ToyNodeOptions } from "./testing/toy-node.ts";

const privateKeys = Array.from({ length: 4 }, (_, i) => new Ed25519PrivateKey(sha512_256(utf8(`bench key ${i}`))));
const byPublic = new Map(privateKeys.map((key) => [key.publicKey, key]));

/** Real signatures; a node's own ones are not verified again. */
function realSignatures(): Partial<ToyNodeOptions> {
  const keys = new KeyCache();
  const verifier = new CachingVerifier(engineVerifier((key, digest, sig) => verifyEd25519(key, digest, sig, keys)));
  const sign = (publicKey: PublicKey, message: Uint8Array): Uint8Array => {
    const signature = must(byPublic.get(publicKey)).signRaw(signaturePrehash(message));
    verifier.remember({ publicKey, message, signature });
    return signature;
  };
  return {
    verifier,
    sign: {
      vote: (key, vote) => ({ ...vote, signature: sign(key, voteSignBytes(CHAIN_ID, vote)) }),
      proposal: (key, proposal) => ({ ...proposal, signature: sign(key, proposalSignBytes(CHAIN_ID, proposal)) }),
    },
  };
}

function bench(validators: number, blocks: number): void {
  const powers = Array.from({ length: validators }, () => 1n);
  const { state, keys } = toyGenesis(powers, (i) => must(privateKeys[i]).publicKey);
  let count = 0;
  const network = new ToyNetwork(state, keys, () => ({
    ...realSignatures(),
    forgets: true,
    config: { skipTimeoutCommit: true },
    takeTransactions: () => [toyTx(`transaction ${count++}`)],
  }));
  network.start();
  network.runTo(100);
  const { seconds, cpuSeconds } = measure(() => network.runTo(100 + blocks));
  const ran = `${validators} engines on one thread, ${blocks} blocks of one transaction, ${cpuSeconds.toFixed(2)} s CPU`;
  benchLine({ name: `rounds/blocks of ${validators} validators`, unit: "ops/s", value: blocks / seconds, ran });
}

bench(1, 1000);
bench(4, 500);
