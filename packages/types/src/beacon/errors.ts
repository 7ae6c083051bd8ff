// Errors of the module `beacon`. Reference: go/beacon/api/api.go.
import { registerError } from "@wadi/util";

export const ErrInvalidArgument = registerError("beacon", 1, "beacon: invalid argument");
export const ErrBeaconNotAvailable = registerError("beacon", 2, "beacon: random beacon not available");
