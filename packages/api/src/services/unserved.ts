// Methods of the reference's interface that nodes of this implementation do not answer, each with
// the reason. They are answered with the status for what is not implemented.

const ATTESTATION_PROXY = "served by the reference's obsolete attestation proxy, never by a node";
const REMOTE_SIGNER = "served by the reference's remote signer program, never by a node";
const SENTRY = "served by sentries, on a listener of their own";
const RUNTIME_STORAGE = "debugging access to the storage protocols between nodes, which there are none of yet";
const RUNTIME_CHECKPOINTS = "no checkpoints of runtime state are made yet";

/** By full name. */
export const unservedMethods: ReadonlyMap<string, string> = new Map(
  Object.entries({
    IAS: { GetSPIDInfo: ATTESTATION_PROXY, GetSigRL: ATTESTATION_PROXY, VerifyEvidence: ATTESTATION_PROXY },
    RemoteSigner: { Prove: REMOTE_SIGNER, PublicKeys: REMOTE_SIGNER, Sign: REMOTE_SIGNER },
    Sentry: { GetAddresses: SENTRY },
    Storage: {
      GetCheckpointChunk: RUNTIME_STORAGE,
      GetCheckpoints: RUNTIME_STORAGE,
      GetDiff: RUNTIME_STORAGE,
      SyncGet: RUNTIME_STORAGE,
      SyncGetPrefixes: RUNTIME_STORAGE,
      SyncIterate: RUNTIME_STORAGE,
    },
    StorageWorker: { PauseCheckpointer: RUNTIME_CHECKPOINTS },
  }).flatMap(([service, methods]) =>
    Object.entries(methods).map(([name, reason]): [string, string] => [`/oasis-core.${service}/${name}`, reason]),
  ),
);
