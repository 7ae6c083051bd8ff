import assert from "node:assert/strict";
import * as api from "@wadi/api";
import type { AnyMethod } from "@wadi/rpc";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface Method {
  readonly method: string;
  readonly kind: "unary" | "server-stream";
  readonly request: string | null;
  readonly response: string | null;
}

/** All methods of the declared services by their full names. */
export function declaredMethods(): ReadonlyMap<string, AnyMethod> {
  const methods = new Map<string, AnyMethod>();
  for (const declared of Object.values(api)) {
    if (typeof declared !== "object" || !("methods" in declared)) continue;
    for (const [name, method] of Object.entries(declared.methods)) methods.set(`/${declared.name}/${name}`, method);
  }
  return methods;
}

/** Every method of the reference's interface: of which kind it is, and whether it takes and gives anything. */
export const suite: Suite = {
  file: "node/grpc_methods",
  run(r: Recorder): void {
    const file = loadVector<{ readonly methods: readonly Method[] }>("node/grpc_methods");
    if (!file) return;
    const declared = declaredMethods();
    for (const { kind, method, request, response } of file.methods) {
      const reason = api.unservedMethods.get(method);
      if (reason !== undefined) {
        r.leaveOut(reason);
        continue;
      }
      r.case(method, () => {
        const found = declared.get(method);
        assert.ok(found, "not declared");
        assert.equal(found.kind, kind === "unary" ? "unary" : "stream");
        assert.equal(found.request === undefined, request === null);
        assert.equal(found.response === undefined, response === null);
      });
    }
    r.case("nothing is made up", () => {
      const all = new Set(file.methods.map(({ method }) => method));
      assert.deepEqual(
        [...declared.keys(), ...api.unservedMethods.keys()].filter((method) => !all.has(method)),
        [],
      );
    });
  },
};
