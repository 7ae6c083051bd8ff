// Errors of the module `registry`. Reference: go/registry/api/api.go.
import { registerError } from "@wadi/util";

export const ErrInvalidArgument = registerError("registry", 1, "registry: invalid argument");
export const ErrInvalidSignature = registerError("registry", 2, "registry: invalid signature");
export const ErrBadEntityForNode = registerError("registry", 3, "registry: unknown entity in node registration");
export const ErrBadEntityForRuntime = registerError("registry", 4, "registry: unknown entity in runtime registration");
export const ErrNoEnclaveForRuntime = registerError(
  "registry",
  5,
  "registry: no enclaves for TEE runtime registration",
);
export const ErrBadEnclaveIdentity = registerError("registry", 6, "registry: bad enclave id");
export const ErrBadCapabilitiesTEEHardware = registerError("registry", 7, "registry: bad capabilities.TEE.Hardware");
export const ErrTEEHardwareMismatch = registerError(
  "registry",
  8,
  "registry: runtime TEE.Hardware mismatches the one in registry",
);
export const ErrNoSuchEntity = registerError("registry", 9, "registry: no such entity");
export const ErrNoSuchNode = registerError("registry", 10, "registry: no such node");
export const ErrNoSuchRuntime = registerError("registry", 11, "registry: no such runtime");
export const ErrIncorrectTxSigner = registerError("registry", 12, "registry: incorrect tx signer");
export const ErrNodeExpired = registerError("registry", 13, "registry: node expired");
export const ErrNodeCannotBeUnfrozen = registerError("registry", 14, "registry: node cannot be unfrozen yet");
export const ErrEntityHasNodes = registerError("registry", 15, "registry: entity still has nodes");
export const ErrForbidden = registerError("registry", 16, "registry: forbidden by policy");
export const ErrNodeUpdateNotAllowed = registerError("registry", 17, "registry: node update not allowed");
export const ErrRuntimeUpdateNotAllowed = registerError("registry", 18, "registry: runtime update not allowed");
export const ErrEntityHasRuntimes = registerError("registry", 19, "registry: entity still has runtimes");
