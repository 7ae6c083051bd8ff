// The state machine of a network, as the debug commands run it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  DatabaseStateStore,
  MemoryStateStore,
  MemoryUpgradeStore,
  networkStateMachine,
  networkVerifier,
  type DebugSwitches,
  type StateMachine,
  type StateStore,
  UpgradeManager,
} from "@wadi/apps";
import { makeFolder } from "@wadi/comet";
import { openNodeDb, ZERO_NAMESPACE, type NodeDb } from "@wadi/mkvs";
import { createQuoteVerifier } from "@wadi/tee";
import type { genesis, registry } from "@wadi/types";
import type { OptionValues } from "../../option-table.ts";
import { loadGenesis, readGenesisFile } from "../genesis/load.ts";
import type { globalOptions } from "../global-options.ts";
import { CommandFailure } from "./failure.ts";

export type GlobalValues = OptionValues<typeof globalOptions>;

/** The document of a file after its sanity check. */
export async function readDocument(path: string, values: GlobalValues): Promise<genesis.Document> {
  const { dontBlameOasis, allowTestKeys } = values;
  return loadGenesis(await readGenesisFile(path), { dontBlameOasis, allowTestKeys });
}

/** The folder of the state inside a data directory, as in the reference's layout. */
const stateFolder = (dataDir: string): string => join(dataDir, "consensus", "state", "mkvs_storage.wadi.db");

/** Opens the state database of a data directory. */
export function openState(dataDir: string, readOnly: boolean): NodeDb {
  const path = stateFolder(dataDir);
  if (readOnly && !existsSync(path)) throw new CommandFailure(`there is no state in ${dataDir} (looked for ${path})`);
  if (!readOnly) makeFolder(path);
  return openNodeDb({ path, namespace: ZERO_NAMESPACE, readOnly, noFsync: true, discardWriteLogs: true });
}

/** The verifier of quotes that the flags ask for. */
export function quoteVerifier(values: GlobalValues): registry.QuoteVerifier {
  const debug = values.dontBlameOasis;
  return createQuoteVerifier({
    trust: {
      allowDebugEnclaves: debug && values.allowDebugEnclaves,
      skipVerify: debug && values.skipQuoteVerify,
      laxTcb: debug && values.tcbLaxVerify,
      allowTestKeys: debug && values.allowTestKeys,
    },
  });
}

/** The flags that change what is valid. They take effect only together with `--debug.dont_blame_oasis`. */
export function debugSwitches(values: GlobalValues): DebugSwitches & { readonly allowTestKeys: boolean } {
  const debug = values.dontBlameOasis;
  return {
    dontBlameOasis: debug,
    allowTestKeys: debug && values.allowTestKeys,
    skipQuoteVerification: debug && values.skipQuoteVerify,
    allowDebugEnclaves: debug && values.allowDebugEnclaves,
  };
}

export function openMachine(document: genesis.Document, values: GlobalValues, database?: NodeDb): StateMachine {
  const debug = debugSwitches(values);
  const store: StateStore = database === undefined ? new MemoryStateStore() : new DatabaseStateStore(database);
  return networkStateMachine({
    document,
    store,
    verifier: networkVerifier(document, debug),
    quotes: quoteVerifier(values),
    // Upgrades that the chain itself decides on; those pending from before are not recorded.
    upgrader: new UpgradeManager({ store: new MemoryUpgradeStore() }),
    debug,
  });
}
