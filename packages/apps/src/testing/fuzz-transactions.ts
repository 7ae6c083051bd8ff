// Random transactions of every method: such as should succeed, such as nearly would, and rubbish.
import { encodeCbor, type Schema } from "@wadi/codec";
import { bindContext, reservedAddresses, signatureContexts, stakingAddress, type Address } from "@wadi/crypto";
import { mutate, type Prng } from "@wadi/testing";
import {
  churp,
  entity,
  governance,
  registry,
  signature,
  staking,
  transaction,
  vault,
  type Namespace,
} from "@wadi/types";
import { must } from "@wadi/util";

import { epoch } from "../beacon/state.ts";
import type { State } from "../framework/state.ts";
import { activeProposals } from "../governance/state.ts";
import * as registryQueries from "../registry/queries.ts";
import { account } from "../staking/state.ts";
import { addressOf, vaults } from "../vault/state.ts";
import { ACTORS, actor, type FuzzSeed } from "./fuzz-network.ts";
import { nodeSigner, validatorDescriptors } from "./validators.ts";

const { methods } = transaction;
type Body = readonly [method: transaction.Method, body: Uint8Array];

function call<T>(method: transaction.Method<T>, body: T): Body {
  return [method as transaction.Method, encodeCbor(method.body, body)];
}

/** What actors cannot do well: they are in no committee. */
const onlyNearlyValid: readonly transaction.Method[] = [
  methods.vrfProve,
  methods.setEpoch,
  methods.executorCommit,
  methods.evidence,
  methods.updatePolicy,
  methods.publishMasterSecret,
  methods.publishEphemeralSecret,
  methods.churpApply,
  methods.churpConfirm,
] as readonly unknown[] as readonly transaction.Method[];

/** Raw bytes, and whose they are where that is known. */
export interface FuzzTransaction {
  readonly raw: Uint8Array;
  readonly sender?: Address;
  /** The nonce is the sender's next. */
  readonly follows?: boolean;
}

/** Makes transactions for the state after one block. */
export class FuzzTransactions {
  readonly #prng: Prng;
  readonly #seed: FuzzSeed;
  readonly #state: State;
  readonly #nonces = new Map<Address, bigint>();

  constructor(prng: Prng, seed: FuzzSeed, state: State) {
    this.#prng = prng;
    this.#seed = seed;
    this.#state = state;
  }

  /** To be told of each transaction that passed authentication, so that its sender's next one fits. */
  counted(sender: Address): void {
    this.#nonces.set(sender, this.#nonce(sender) + 1n);
  }

  next(): FuzzTransaction {
    const name = this.#pick(ACTORS);
    switch (this.#prng.below(10)) {
      case 0: {
        const { raw } = this.#signed(name, this.#valid(name));
        return { raw: mutate(this.#prng, raw, this.#seed.following) };
      }
      case 1:
        return { raw: this.#pick(this.#seed.following) };
      case 2:
      case 3:
        return this.#signed(name, this.#nearlyValid());
      case 4: {
        const [method, body] = this.#valid(name);
        return this.#signed(name, [method, mutate(this.#prng, body, [body])]);
      }
      default:
        return this.#signed(name, this.#valid(name));
    }
  }

  #pick<T>(from: readonly T[]): T {
    return must(this.#prng.pick(from));
  }

  #nonce(sender: Address): bigint {
    return this.#nonces.get(sender) ?? account(this.#state, sender).general.nonce;
  }

  #address(name: string): Address {
    return stakingAddress(actor(name).publicKey);
  }

  /** An actor, now and then a reserved account. */
  #anyone(): Address {
    if (this.#prng.below(12) === 0) return this.#pick(Object.values(reservedAddresses));
    return this.#address(this.#pick(ACTORS));
  }

  #amount(): bigint {
    const kinds = [0n, 1n, BigInt(this.#prng.below(1000)), BigInt(this.#prng.next()) << 8n, 1n << 64n, 10n ** 15n];
    return this.#pick(kinds);
  }

  #signed(name: string, [method, body]: Body): Required<FuzzTransaction> {
    // Nodes register themselves.
    const isNode = method.name === methods.registerNode.name && this.#prng.below(8) !== 0;
    const signer = isNode ? nodeSigner(name, "id") : actor(name);
    const sender = stakingAddress(signer.publicKey);
    const { amount, gas } = this.#pick([
      { amount: 10n, gas: 200_000n },
      { amount: 0n, gas: 200_000n },
      { amount: 1n, gas: BigInt(this.#prng.below(3000)) },
      { amount: 1n << 70n, gas: 200_000n },
    ]);
    const usual = { amount: isNode ? 0n : 1n, gas: 200_000n };
    const fee = this.#prng.below(5) === 0 ? { amount, gas } : usual;
    const follows = this.#prng.below(20) !== 0;
    const nonce = this.#nonce(sender) + (follows ? 0n : 1n);
    const tx = { nonce, fee: this.#prng.below(30) === 0 ? null : fee, method: method.name, body };
    const context = transaction.transactionContext(this.#seed.chainContext);
    const envelope = transaction.signTransaction(tx, context, signer);
    return { raw: encodeCbor(transaction.SignedTransaction, envelope), sender, follows };
  }

  /** A recorded body of any method, or the zero value, as it is or with a few bytes changed. */
  #nearlyValid(): Body {
    const method = this.#prng.below(2) === 0 ? this.#pick(transaction.allMethods()) : this.#pick(onlyNearlyValid);
    const recorded = this.#seed.bodies.get(method.name) ?? [];
    const body = this.#prng.pick(recorded) ?? encodeCbor(method.body as Schema<unknown>, method.body.zero());
    return [method, this.#prng.below(2) === 0 ? body : mutate(this.#prng, body, recorded)];
  }

  #valid(name: string): Body {
    const from = [this.#staking, this.#staking, this.#registry, this.#governance, this.#vault, this.#runtimes];
    return this.#pick(from).call(this, name);
  }

  #staking(): Body {
    const amount = this.#amount();
    const other = this.#anyone();
    const start = epoch(this.#state).epoch + BigInt(this.#prng.below(60));
    const rate = BigInt(this.#prng.below(1000)) * 100n;
    const rates = [{ start, rate }];
    const bounds = this.#prng.below(2) === 0 ? [] : [{ start, rateMin: 0n, rateMax: 100_000n }];
    return this.#pick([
      call(methods.stakingTransfer, { to: other, amount }),
      call(methods.stakingBurn, { amount }),
      call(methods.stakingAddEscrow, { account: other, amount }),
      call(methods.stakingReclaimEscrow, { account: other, shares: amount }),
      call(methods.stakingAllow, { beneficiary: other, negative: this.#prng.below(3) === 0, amountChange: amount }),
      call(methods.stakingWithdraw, { from: other, amount }),
      call(methods.stakingAmendCommissionSchedule, { amendment: { rates, bounds } }),
    ]);
  }

  #registry(name: string): Body {
    const owner = actor(name);
    const node = nodeSigner(name, "id").publicKey;
    const owned: entity.Entity = { v: entity.LATEST_ENTITY_VERSION, id: owner.publicKey, nodes: [node] };
    const context = bindContext(signatureContexts.registerEntity);
    const expiration = epoch(this.#state).epoch + BigInt(this.#prng.below(7));
    return this.#pick([
      call(methods.registerEntity, signature.signValue(entity.Entity, owned, context, owner)),
      call(methods.registerNode, validatorDescriptors(name, owner, expiration).node),
      call(methods.deregisterEntity, {}),
      call(methods.unfreezeNode, { nodeId: node }),
      call(methods.proveFreshness, new Uint8Array(32).fill(this.#prng.below(256))),
      this.#runtime(name),
    ]);
  }

  /** A recorded descriptor under another ID of the same kind, owned by the actor. */
  #runtime(name: string): Body {
    const recorded = this.#pick(registryQueries.runtimes(this.#state, true));
    const digits = this.#prng.below(4).toString(16).padStart(4, "0");
    const id = (recorded.id.slice(0, -4) + digits) as Namespace;
    const validFrom = epoch(this.#state).epoch + BigInt(this.#prng.below(3));
    const deployments = recorded.deployments
      .flatMap((one) => (one === null ? [] : [{ ...one, validFrom }]))
      .slice(0, 1);
    return call(methods.registerRuntime, {
      ...recorded,
      id,
      entityId: actor(name).publicKey,
      deployments,
      governanceModel: registry.governanceModels.entity,
    });
  }

  #governance(): Body {
    const metadata = null;
    const none = { metadata, upgrade: null, cancelUpgrade: null, changeParameters: null };
    const known = activeProposals(this.#state).map(({ id }) => id);
    const id = this.#prng.pick(known) ?? BigInt(this.#prng.below(5));
    const vote = this.#pick([governance.votes.yes, governance.votes.yes, governance.votes.no]);
    const changes: staking.ConsensusParameterChanges = {
      ...staking.ConsensusParameterChanges.zero(),
      minTransfer: BigInt(this.#prng.below(50)),
      debondingInterval: BigInt(1 + this.#prng.below(3)),
    };
    const encoded = encodeCbor(staking.ConsensusParameterChanges, changes);
    const module = this.#prng.below(4) === 0 ? "roothash" : "staking";
    return this.#pick([
      call(methods.castVote, { id, vote }),
      call(methods.castVote, { id, vote }),
      call(methods.submitProposal, { ...none, changeParameters: { module, changes: encoded } }),
      call(methods.submitProposal, { ...none, cancelUpgrade: { proposalId: id } }),
    ]);
  }

  #vault(): Body {
    const everyone = ACTORS.map((name) => this.#address(name));
    const authority = { addresses: everyone.slice(0, 1 + this.#prng.below(3)), threshold: 1 + this.#prng.below(2) };
    const create = call(methods.vaultCreate, { adminAuthority: authority, suspendAuthority: authority });
    const known = this.#prng.pick(vaults(this.#state));
    if (known === undefined || this.#prng.below(4) === 0) return create;
    const of = addressOf(known);
    const nonce = known.nonce - BigInt(this.#prng.below(2));
    if (nonce < 0n || this.#prng.below(6) === 0)
      return call(methods.vaultCancelAction, { vault: of, nonce: known.nonce });
    const transfer = { to: this.#anyone(), amount: this.#amount() };
    const executeMsg = { method: "staking.Transfer", body: encodeCbor(staking.Transfer, transfer) };
    const policy = { limitAmount: this.#amount(), limitInterval: BigInt(1 + this.#prng.below(20)) };
    const parts = [
      { suspend: {} },
      { resume: {} },
      { executeMsg },
      { updateWithdrawPolicy: { address: this.#anyone(), policy } },
      { updateAuthority: { adminAuthority: authority, suspendAuthority: null } },
    ];
    return call(methods.vaultAuthorizeAction, {
      vault: of,
      nonce,
      action: { ...vault.Action.zero(), ...this.#pick<Partial<vault.Action>>(parts) },
    });
  }

  #runtimes(name: string): Body {
    const all = registryQueries.runtimes(this.#state, true);
    const { id } = this.#pick(all);
    const owner = actor(name).publicKey;
    const managers = all.filter((one) => one.kind === registry.runtimeKinds.keyManager && one.entityId === owner);
    if (managers.length === 0 && this.#prng.below(2) === 0) return this.#runtime(name);
    const identity = { id: this.#prng.below(3), runtimeId: this.#prng.pick(managers)?.id ?? id };
    const handoffInterval = BigInt(this.#prng.below(3));
    const update = { ...churp.UpdateRequest.zero(), ...identity, handoffInterval };
    const policy = { ...churp.PolicySGX.zero(), ...identity };
    const create = {
      ...churp.CreateRequest.zero(),
      ...identity,
      threshold: 1,
      handoffInterval,
      policy: { policy, signatures: [] },
    };
    const data = new Uint8Array(this.#prng.below(100));
    return this.#pick([
      call(methods.submitMsg, { id, tag: 0n, fee: this.#amount(), tokens: this.#amount(), data }),
      call(methods.churpCreate, create),
      call(methods.churpUpdate, update),
    ]);
  }
}
