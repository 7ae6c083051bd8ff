// One broken document per rule: what is changed in the base document, and where the sanity check
// must stop.
import type { BrokenDocument } from "./broken-document.ts";
import { keyManager, governance } from "./broken-governance.ts";
import { entities, nodes, blacklisted } from "./broken-nodes.ts";
import { document, consensus, beacon, registryParameters, roothash, scheduler, vault } from "./broken-parameters.ts";
import { runtimes, moreRuntimes } from "./broken-runtimes.ts";
import { stakingParameters, ledger } from "./broken-staking.ts";

export const brokenDocuments: readonly BrokenDocument[] = [
  ...document,
  ...consensus,
  ...beacon,
  ...registryParameters,
  ...entities,
  ...runtimes,
  ...moreRuntimes,
  ...nodes,
  ...blacklisted,
  ...roothash,
  ...stakingParameters,
  ...ledger,
  ...keyManager,
  ...scheduler,
  ...governance,
  ...vault,
];
