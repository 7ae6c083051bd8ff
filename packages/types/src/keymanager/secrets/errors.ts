// Errors of the module `keymanager`. Reference: go/keymanager/secrets/api.go.
import { registerError } from "@wadi/util";

export const ErrInvalidArgument = registerError("keymanager", 1, "keymanager: invalid argument");
export const ErrNoSuchStatus = registerError("keymanager", 2, "keymanager: no such status");
export const ErrNoSuchMasterSecret = registerError("keymanager", 3, "keymanager: no such master secret");
export const ErrNoSuchEphemeralSecret = registerError("keymanager", 4, "keymanager: no such ephemeral secret");
