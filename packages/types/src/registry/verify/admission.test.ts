import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeJson } from "@wadi/codec";
import { isError } from "@wadi/util";

import { keys, nodeDescriptor, runtimeIds, text } from "../../genesis/sanity/testing/fixture.ts";
import type { Node } from "../../node/node.ts";
import type { PublicKey } from "../../scalars/keys.ts";
import { RuntimeAdmissionPolicy } from "../admission.ts";
import { ErrForbidden } from "../errors.ts";
import { verifyAdmission } from "./admission.ts";

const EPOCH = 5n;
const node = nodeDescriptor({ roles: 1 | 8 });
const other = (n: number, changes: Partial<Node> = {}): Node =>
  nodeDescriptor({ id: String(n).repeat(64) as PublicKey, roles: 1 | 8, ...changes });
const policy = (value: unknown): RuntimeAdmissionPolicy => decodeJson(RuntimeAdmissionPolicy, JSON.stringify(value));
const whitelist = (config: unknown): RuntimeAdmissionPolicy =>
  policy({ entity_whitelist: { entities: { [text(keys.entity)]: config } } });
const perRole = (role: string, config: unknown): RuntimeAdmissionPolicy =>
  policy({ per_role: { [role]: { entity_whitelist: { entities: { [text(keys.entity)]: config } } } } });

const cases: readonly (readonly [string, RuntimeAdmissionPolicy, readonly Node[], boolean])[] = [
  ["any node", policy({ any_node: {} }), [other(1)], true],
  ["whitelisted without limits", whitelist({}), [other(1), other(2)], true],
  ["not whitelisted", policy({ entity_whitelist: { entities: { [text(keys.otherEntity)]: {} } } }), [], false],
  ["empty whitelist", policy({ entity_whitelist: { entities: {} } }), [], false],
  ["role without a limit listed", whitelist({ max_nodes: { compute: 1 } }), [], false],
  ["limits of all roles", whitelist({ max_nodes: { compute: 1, validator: 1 } }), [], true],
  ["limit 0", whitelist({ max_nodes: { compute: 0, validator: 1 } }), [], false],
  ["limit reached", whitelist({ max_nodes: { compute: 1, validator: 9 } }), [other(1)], false],
  ["limit not reached", whitelist({ max_nodes: { compute: 2, validator: 9 } }), [other(1)], true],
  [
    "expired nodes do not count",
    whitelist({ max_nodes: { compute: 1, validator: 1 } }),
    [other(1, { expiration: 4n })],
    true,
  ],
  [
    "nodes of other runtimes do not count",
    whitelist({ max_nodes: { compute: 1, validator: 1 } }),
    [other(1, { runtimes: [] })],
    true,
  ],
  [
    "nodes of other roles do not count",
    whitelist({ max_nodes: { compute: 1, validator: 1 } }),
    [other(1, { roles: 2 })],
    true,
  ],
  ["the node itself does not count", whitelist({ max_nodes: { compute: 1, validator: 1 } }), [node], true],
  ["per-role limit", perRole("compute", { max_nodes: 1 }), [other(1)], false],
  ["per-role without limit", perRole("compute", {}), [other(1)], true],
  ["per-role policy of another role", perRole("observer", { max_nodes: 1 }), [other(1)], true],
  ["per-role without whitelist", policy({ per_role: { compute: {} } }), [other(1)], true],
  [
    "per-role whitelist of others",
    policy({ per_role: { compute: { entity_whitelist: { entities: {} } } } }),
    [],
    false,
  ],
];

for (const [name, admission, others, admitted] of cases) {
  test(`admission: ${name}`, () => {
    const lookup = { nodesOfEntity: () => others };
    const run = (): void => verifyAdmission(admission, node, runtimeIds.compute, EPOCH, lookup);
    if (admitted) run();
    else assert.throws(run, (e) => isError(e, ErrForbidden));
  });
}
