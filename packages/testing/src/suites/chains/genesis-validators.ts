// The validator set a chain starts with, from its genesis document (facts of the genesis mapping:
// go/consensus/cometbft/api/genesis.go). InitChain returns no validators, so this is the only
// source; whether it is right shows in the first header's validators_hash and next_validators_hash.
import { ValidatorSet, validatorChange, type ValidatorChange } from "@wadi/comet-types";
import { addressToText, publicKeyFromBytes, stakingAddress } from "@wadi/crypto";
import { fromBase64 } from "@wadi/util";
import { entry, peekCbor } from "../cometbft/cbor-peek.ts";

/** What is used of a genesis document. */
export interface GenesisDocument {
  readonly height: number;
  readonly genesis_time: string;
  readonly beacon: { readonly base: number };
  readonly consensus: {
    readonly params: { readonly max_block_size: number; readonly max_block_gas: number };
  };
  readonly registry: { readonly nodes: readonly { readonly untrusted_raw_value: string }[] };
  readonly scheduler: {
    readonly params: {
      readonly max_validators: number;
      readonly max_validators_per_entity: number;
      readonly debug_bypass_stake?: boolean;
      readonly voting_power_distribution?: number;
    };
  };
  readonly staking: {
    readonly ledger: Readonly<Record<string, { readonly escrow: { readonly active: { readonly balance: string } } }>>;
  };
}

const ROLE_VALIDATOR = 1n << 3n;
const BASE_UNITS_PER_POWER = 16n;

function squareRoot(value: bigint): bigint {
  let root = 0n;
  for (let bit = 1n << BigInt(value.toString(2).length); bit > 0n; bit >>= 1n) {
    if ((root + bit) ** 2n <= value) root += bit;
  }
  return root;
}

function powerOf({ scheduler, staking }: GenesisDocument, entityId: Uint8Array): bigint {
  if (scheduler.params.debug_bypass_stake === true) return 1n;
  const address = addressToText(stakingAddress(publicKeyFromBytes(entityId)));
  const stake = BigInt(staking.ledger[address]?.escrow.active.balance ?? "0");
  const linear = (scheduler.params.voting_power_distribution ?? 0) === 0;
  const power = linear ? stake / BASE_UNITS_PER_POWER : squareRoot(stake);
  return power === 0n ? 1n : power;
}

/** Validators of the document, in the engine's order of taking them. */
export function genesisValidators(document: GenesisDocument): readonly ValidatorChange[] {
  const { params } = document.scheduler;
  const taken = new Map<string, number>();
  const validators: ValidatorChange[] = [];
  for (const { untrusted_raw_value: raw } of document.registry.nodes) {
    const node = peekCbor(fromBase64(raw));
    if ((entry<bigint>(node, "roles") & ROLE_VALIDATOR) === 0n) continue;
    if (entry<bigint>(node, "expiration") < BigInt(document.beacon.base)) continue;
    const entityId = entry<Uint8Array>(node, "entity_id");
    const address = addressToText(stakingAddress(publicKeyFromBytes(entityId)));
    const count = taken.get(address) ?? 0;
    // The first one counts always, whatever the limit.
    if (count > 0 && count >= params.max_validators_per_entity) continue;
    taken.set(address, count + 1);
    const key = publicKeyFromBytes(entry<Uint8Array>(entry(node, "consensus"), "id"));
    validators.push(validatorChange(key, powerOf(document, entityId)));
  }
  validators.sort((a, b) => (a.votingPower === b.votingPower ? 0 : a.votingPower > b.votingPower ? -1 : 1));
  return validators.slice(0, params.max_validators);
}

/** The sets of the first block and of the one after. */
export function genesisSets(document: GenesisDocument): {
  readonly current: ValidatorSet;
  readonly next: ValidatorSet;
} {
  const current = ValidatorSet.create(genesisValidators(document));
  return { current, next: current.rotated(1) };
}
