import assert from "node:assert/strict";

import { bwrapArguments, bwrapCommandLine, encodeArguments, type SandboxedProgram } from "@wadi/runtime-host";

import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface SandboxFile {
  readonly cases: readonly {
    readonly name: string;
    readonly bwrap_argv: readonly string[];
    readonly fd3_args: readonly string[];
    readonly fd4_len: number;
    readonly fd5: string;
  }[];
}

const component: SandboxedProgram = {
  executable: "/bin/cat",
  environment: { OASIS_WORKER_HOST: "/host.sock" },
  writable: [{ source: "/run/oasis-runtime123/host.sock", target: "/host.sock" }],
};

/** What was asked for in the case of that name. */
const programs: Readonly<Record<string, SandboxedProgram>> = {
  "ELF RONL component (no network)": component,
  "ELF ROFL component (network)": { ...component, allowNetwork: true },
  "SGX loader with one data bind, a device and arguments": {
    ...component,
    arguments: ["--host-socket", "/host.sock", "--type", "sgxs", "--signature", "/runtime.sig", "/runtime"],
    readOnly: [{ source: "/etc/hosts", target: "/etc/ro/hosts" }],
    devices: [{ source: "/dev/sgx_enclave", target: "/dev/sgx_enclave" }],
    copied: [{ source: "/bundle/runtime.sgxs", target: "/runtime" }],
  },
};

/** Those of the machine that the cases were recorded on. */
const libraries = ["libc.so.6", "ld-linux-x86-64.so.2"].map((soname) => ({
  soname,
  path: `/usr/lib/x86_64-linux-gnu/${soname}`,
}));

export const suite: Suite = {
  file: "runtime/sandbox-args",
  run(r) {
    for (const { name, bwrap_argv: argv, fd3_args: args } of loadVector<SandboxFile>("runtime/sandbox-args")?.cases ??
      []) {
      r.case(name, () => {
        const program = programs[name];
        assert.ok(program !== undefined, "unknown case");
        assert.deepEqual(bwrapCommandLine(program), argv);
        const ours = bwrapArguments(program, libraries);
        assert.deepEqual(ours, args);
        assert.equal(Buffer.from(encodeArguments(ours)).toString(), `${args.join("\0")}\0`);
      });
    }
  },
};
