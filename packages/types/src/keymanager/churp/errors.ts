// Errors of the module `keymanager/churp`. Reference: go/keymanager/churp/api.go.
import { registerError } from "@wadi/util";

export const ErrNoSuchStatus = registerError("keymanager/churp", 1, "keymanager: churp: no such status");
