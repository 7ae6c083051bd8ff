// Errors of the module `vault`. Reference: go/vault/api/api.go.
import { registerError } from "@wadi/util";

export const ErrInvalidArgument = registerError("vault", 1, "vault: invalid argument");
export const ErrNoSuchVault = registerError("vault", 2, "vault: no such vault");
export const ErrNoSuchState = registerError("vault", 3, "vault: no such state");
export const ErrInvalidNonce = registerError("vault", 4, "vault: invalid nonce");
export const ErrForbidden = registerError("vault", 5, "vault: forbidden");
export const ErrNoSuchAction = registerError("vault", 6, "vault: no such action");
export const ErrUnsupportedAction = registerError("vault", 7, "vault: action not supported");
