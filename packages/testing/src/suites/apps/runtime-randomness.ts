import assert from "node:assert/strict";

import { beaconApp, schedulerApp } from "@wadi/apps";
import { HmacDrbg, publicKeyFromHex } from "@wadi/crypto";
import type { PublicKey, signature } from "@wadi/types";
import { fromHex, toHex, utf8 } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

const { derivations } = beaconApp;

interface Draws {
  readonly entropy: string;
  readonly nonce: string;
  readonly personalization: string;
  readonly drbg_first_64_of_1024: string;
  readonly perm_sequence: readonly (readonly number[])[];
  readonly shuffle_sequence_fresh_rng: readonly (readonly number[])[];
  readonly uint64_number_300: string;
}

interface Proof {
  readonly node_id: string;
  readonly vrf_public_key: string;
  readonly proof: string;
  readonly beta: string;
}

interface Randomness {
  readonly chain_context: string;
  readonly rng: readonly Draws[];
  readonly beacon: readonly {
    readonly last_height: number;
    readonly block_time_unix: number;
    readonly last_app_hash: string;
    readonly epoch: number;
    readonly entropy: string;
    readonly beacon: string;
    readonly low_quality_alpha: string;
  }[];
  readonly vrf: {
    readonly alpha_input: string;
    readonly proofs: readonly Proof[];
    readonly hashed_beta_epoch_9: readonly {
      readonly domain: schedulerApp.LotDomain;
      readonly extra_elements: readonly string[];
      readonly hashed_beta_in_proof_order: readonly string[];
    }[];
    readonly high_quality_alpha_epoch_9: string;
  };
}

const EPOCH = 9n;

export const suite: Suite = {
  file: "apps/runtime-randomness",
  run(r) {
    const file = loadVector<Randomness>("apps/runtime-randomness");
    if (file === undefined) return r.leaveOut("the vector file is not at hand");
    file.rng.forEach((draws, at) => draw(r, `rng ${at} ${draws.personalization}`, draws));
    derive(r, file);
    prove(r, file);
  },
};

function draw(r: Recorder, name: string, draws: Draws): void {
  const fresh = () => schedulerApp.drawing(fromHex(draws.entropy), draws.personalization, fromHex(draws.nonce));
  r.case(`${name}: generator`, () => {
    const drbg = new HmacDrbg("sha512", fromHex(draws.entropy), fromHex(draws.nonce), utf8(draws.personalization));
    assert.equal(toHex(drbg.read(1024).subarray(0, 64)), draws.drbg_first_64_of_1024);
  });
  r.case(`${name}: permutations`, () => {
    const random = fresh();
    for (const expected of draws.perm_sequence) assert.deepEqual(random.perm(expected.length), expected);
  });
  r.case(`${name}: shuffles`, () => {
    const random = fresh();
    for (const expected of draws.shuffle_sequence_fresh_rng) {
      const items = Array.from(expected, (_, index) => index);
      random.shuffleArray(items);
      assert.deepEqual(items, expected);
    }
  });
  r.case(`${name}: number 300`, () => {
    const random = fresh();
    for (let i = 1; i < 300; i++) random.uint64();
    assert.equal(random.uint64().toString(), draws.uint64_number_300);
  });
}

function derive(r: Recorder, file: Randomness): void {
  for (const one of file.beacon) {
    r.case(`beacon after height ${one.last_height}, epoch ${one.epoch}`, () => {
      const epoch = BigInt(one.epoch);
      const entropy = derivations.blockEntropy({
        lastHeight: one.last_height,
        unixSeconds: BigInt(one.block_time_unix),
        lastStateRoot: fromHex(one.last_app_hash),
      });
      assert.equal(toHex(entropy), one.entropy);
      assert.equal(toHex(derivations.beaconValue(epoch, entropy)), one.beacon);
      const alpha = derivations.lowQualityAlpha(file.chain_context, epoch, entropy);
      assert.equal(toHex(alpha), one.low_quality_alpha);
    });
  }
}

function prove(r: Recorder, { chain_context: chainContext, vrf }: Randomness): void {
  const alpha = fromHex(vrf.alpha_input);
  const proofs = new Map<PublicKey, signature.Proof>();
  for (const one of vrf.proofs) {
    const publicKey = publicKeyFromHex(one.vrf_public_key);
    const proof = { publicKey, proof: fromHex(one.proof) };
    proofs.set(publicKeyFromHex(one.node_id), proof);
    r.case(`proof of node ${one.node_id}`, () => {
      // Before verifying, so that this is not answered from memory.
      assert.equal(toHex(beaconApp.provenOutput(proof)), one.beta);
      const output = beaconApp.verifiedOutput(publicKey, alpha, proof.proof);
      assert.equal(output === undefined ? output : toHex(output), one.beta);
      assert.equal(beaconApp.verifiedOutput(publicKey, Uint8Array.of(1), proof.proof), undefined);
    });
  }
  const lots = new schedulerApp.ProvenLots(chainContext, EPOCH, proofs, true);
  for (const { domain, extra_elements: extra, hashed_beta_in_proof_order: expected } of vrf.hashed_beta_epoch_9) {
    r.case(`hashed outputs for ${domain}`, () => {
      const lotOf = lots.hasher(domain, seatsOf(extra));
      assert.deepEqual(
        vrf.proofs.map(({ beta }) => toHex(lotOf(fromHex(beta)))),
        expected,
      );
      const ids = vrf.proofs.map(({ node_id: id }) => publicKeyFromHex(id));
      const byLot = ids.toSorted((a, b) =>
        (expected[ids.indexOf(a)] ?? "") < (expected[ids.indexOf(b)] ?? "") ? -1 : 1,
      );
      assert.deepEqual(
        lots.ordered(ids, (id) => id, domain, seatsOf(extra)),
        byLot,
      );
    });
  }
  r.case("input of high quality", () => {
    const sorted = vrf.proofs.toSorted((a, b) => (a.node_id < b.node_id ? -1 : 1));
    const betas = sorted.map(({ beta }) => fromHex(beta));
    assert.equal(toHex(derivations.highQualityAlpha(chainContext, EPOCH, betas)), vrf.high_quality_alpha_epoch_9);
  });
}

function seatsOf([runtime, kind, role]: readonly string[]): schedulerApp.Seats | undefined {
  if (runtime === undefined) return undefined;
  return {
    runtime: runtime as schedulerApp.Seats["runtime"],
    kind: Number.parseInt(kind ?? "", 16),
    role: Number.parseInt(role ?? "", 16),
  };
}
