// Errors of services that have no data model of their own here. Clients must know them as well: an
// error is rebuilt from its (module, code) and its registered text.
import { registerError } from "@wadi/util";

export const ErrControlNotImplemented = registerError("control", 1, "control: not implemented");

export const ErrBootstrapMethodNotSupported = registerError(
  "p2p/discovery/bootstrap",
  1,
  "bootstrap: method not supported",
);
export const ErrBootstrapBadRequest = registerError("p2p/discovery/bootstrap", 2, "bootstrap: bad request");
export const ErrBootstrapMaliciousSeed = registerError("p2p/discovery/bootstrap", 3, "bootstrap: malicious seed");

export const ErrP2pRpcMethodNotSupported = registerError("p2p/rpc", 1, "rpc: method not supported");
export const ErrP2pRpcBadRequest = registerError("p2p/rpc", 2, "rpc: bad request");

export const ErrRhpNotReady = registerError("rhp/internal", 1, "rhp: not ready");

export const ErrRuntimeClientNotFound = registerError("runtime/client", 1, "client: not found");
export const ErrRuntimeClientInternal = registerError("runtime/client", 2, "client: internal error");
export const ErrRuntimeClientTransactionExpired = registerError("runtime/client", 3, "client: transaction expired");
export const ErrRuntimeClientNotSynced = registerError("runtime/client", 4, "client: not finished initial sync");
export const ErrRuntimeClientCheckTxFailed = registerError("runtime/client", 5, "client: transaction check failed");
export const ErrRuntimeClientNoHostedRuntime = registerError(
  "runtime/client",
  6,
  "client: no hosted runtime is available",
);

// Code 1 is retired.
export const ErrLightBlockVerificationFailed = registerError(
  "verifier",
  2,
  "verifier: light block verification failed",
);

export const ErrWorkerStorageRuntimeNotFound = registerError("worker/storage", 1, "worker/storage: runtime not found");
export const ErrWorkerStorageCantPauseCheckpointer = registerError(
  "worker/storage",
  2,
  "worker/storage: pausing checkpointer only available in debug mode",
);
