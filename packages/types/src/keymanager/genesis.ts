// Genesis state of the key manager. Reference: go/keymanager/api/api.go.
import { nullable, optional, struct, type TypeOf } from "@wadi/codec";

import { Genesis as ChurpGenesis } from "./churp/policy.ts";
import { Genesis as SecretsGenesis } from "./secrets/policy.ts";

/** The master secret extension's genesis is flattened in; churp is a member. */
export const Genesis = struct("keymanager.Genesis", {
  ...SecretsGenesis.members,
  churp: optional(nullable(ChurpGenesis)),
});
export type Genesis = TypeOf<typeof Genesis>;
