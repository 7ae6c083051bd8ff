// Faults that are planted into engines on purpose: each stands for a bug that the checks of the
// simulator have to find. The engines themselves know nothing of it.
import { SignedMsgType, type Block, type EngineState, type Vote } from "@wadi/comet-types";
import type { Signer } from "@wadi/crypto";
import type { Application } from "../../application.ts";
import { BlockExecutor, type ExecutorParts } from "../../engine/block-executor.ts";
import type { EvidencePool } from "../../evidence/pool.ts";
import type { RoundView } from "../../rounds/view.ts";
import { PrivateValidator, type SignOutcome, type SignStateStorage } from "../../sign-state/private-validator.ts";
import type { WalFiles } from "../../wal/write-ahead-log.ts";

const sabotages = [
  /** Prevotes the proposal at hand whatever is locked. */
  "forgets-locks",
  /** The private validator remembers nothing: it signs whatever it is asked. */
  "signs-anything",
  /** The sign state is kept in memory only. */
  "loses-sign-state",
  /** Says that the log is synced, and does not do it. */
  "skips-log-sync",
  /** Reads nothing back from the log. */
  "skips-replay",
  /** Accepts every block. */
  "skips-validation",
  /** Loses conflicting votes. */
  "drops-evidence",
  /** Executes some transactions differently on some nodes. */
  "diverges",
] as const;
export type Sabotage = (typeof sabotages)[number];

/** Votes for the proposal where it has locked something else. */
class UnlockedValidator extends PrivateValidator {
  readonly #view: () => RoundView | undefined;

  constructor(signer: Signer, storage: SignStateStorage, view: () => RoundView | undefined) {
    super(signer, storage);
    this.#view = view;
  }

  override signVote(chainId: string, vote: Vote): SignOutcome<Vote> {
    const view = this.#view();
    const blockId = view?.proposal?.blockId;
    const mayChange = vote.type === SignedMsgType.prevote && view?.locked !== undefined && blockId !== undefined;
    return super.signVote(chainId, mayChange ? { ...vote, blockId } : vote);
  }
}

class CarelessExecutor extends BlockExecutor {
  override validate(_state: EngineState, _block: Block): void {}
}

const noMemory = (): SignStateStorage => ({ read: () => undefined, replace: () => {} });

/** A private validator that forgets with each signature. */
class CarelessValidator extends PrivateValidator {
  readonly #signer: Signer;

  constructor(signer: Signer, storage: SignStateStorage) {
    super(signer, storage);
    this.#signer = signer;
  }

  override signVote(chainId: string, vote: Vote): SignOutcome<Vote> {
    return new PrivateValidator(this.#signer, noMemory()).signVote(chainId, vote);
  }
}

export function sabotagedValidator(
  sabotage: Sabotage | undefined,
  signer: Signer,
  storage: SignStateStorage,
  view: () => RoundView | undefined,
): PrivateValidator {
  switch (sabotage) {
    case "forgets-locks":
      return new UnlockedValidator(signer, storage, view);
    case "signs-anything":
      return new CarelessValidator(signer, storage);
    case "loses-sign-state":
      return new PrivateValidator(signer, { read: () => undefined, replace: (text) => storage.replace(text) });
    default:
      return new PrivateValidator(signer, storage);
  }
}

export function sabotagedExecutor(sabotage: Sabotage | undefined, parts: ExecutorParts): BlockExecutor {
  return sabotage === "skips-validation" ? new CarelessExecutor(parts) : new BlockExecutor(parts);
}

export function sabotagedLog(sabotage: Sabotage | undefined, files: WalFiles): WalFiles {
  if (sabotage !== "skips-log-sync" && sabotage !== "skips-replay") return files;
  return {
    rotated: () => files.rotated(),
    read: (file) => (sabotage === "skips-replay" ? new Uint8Array() : files.read(file)),
    sizeBytes: (file) => files.sizeBytes(file),
    append: (bytes) => files.append(bytes),
    sync: () => (sabotage === "skips-log-sync" ? undefined : files.sync()),
    rotate: (number) => files.rotate(number),
    truncateHead: (lengthBytes) => files.truncateHead(lengthBytes),
    copyDamagedHead: () => files.copyDamagedHead(),
    remove: (number) => files.remove(number),
  };
}

export function sabotagedReports(
  sabotage: Sabotage | undefined,
  pool: EvidencePool,
): Pick<EvidencePool, "reportConflictingVotes"> {
  return sabotage === "drops-evidence" ? { reportConflictingVotes: () => {} } : pool;
}

export function sabotagedApplication(
  sabotage: Sabotage | undefined,
  application: Application,
  node: number,
): Application {
  if (sabotage !== "diverges" || node !== 0) return application;
  return {
    info: () => application.info(),
    initChain: (request) => application.initChain(request),
    checkTx: (tx, kind) => application.checkTx(tx, kind),
    prepareProposal: (request) => application.prepareProposal(request),
    processProposal: (block) => application.processProposal(block),
    finalizeBlock: (block) => application.finalizeBlock({ ...block, time: block.time + 1n }),
    commit: () => application.commit(),
  };
}
