// Running a component's enclave below the loader, and the mock of it.
// Reference: go/runtime/host/sgx/provisioner.go `getSandboxConfig`, `loadEnclaveBinaries`.
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { debugSigstruct, fortanixDummyKey, verifySigstruct } from "@wadi/tee";

import { AESM_SOCKET } from "../attestation/aesm-quoting.ts";
import { fileOnDisk } from "../bundle/bundle-file.ts";
import { displayComponentId } from "../bundle/component-id.ts";
import { enclaveHash } from "../bundle/enclave-files.ts";
import { messageOf } from "../bundle/errors.ts";
import { type HostedComponentFiles, filePath } from "../bundle/hosted-component.ts";
import { isNetworkAllowed } from "../bundle/manifest.ts";
import { type HostLog, silentLog } from "../logs/host-log.ts";
import { LaunchError, systemErrorText } from "../sandbox/errors.ts";
import { type AsyncProgramOf, elfProgram, type LaunchPlace } from "./programs.ts";

/** Drivers name the device differently. */
const DEVICES = ["/dev/sgx_enclave", "/dev/sgx/enclave", "/dev/sgx", "/dev/isgx"];

export interface SgxOptions {
  /** Path of oasis-core-runtime-loader. */
  readonly loader: string;
  /** Enclaves without signature get one of a well-known key: debug networks only. */
  readonly allowDebugSignature?: boolean;
  readonly log?: HostLog;
  readonly aesmSocket?: string;
  /** The device; default: the first that exists. */
  readonly device?: string;
}

/** Enclave and signature of a component, as files that fit together. */
interface EnclaveFiles {
  readonly enclave: string;
  readonly signature: string;
  readonly mrEnclave: string;
}

/** The component's enclave below the loader. */
export function sgxProgram(options: SgxOptions): AsyncProgramOf {
  const { loader, aesmSocket = AESM_SOCKET } = options;
  if (loader === "") throw new LaunchError("configuration", "SGX loader binary path is not configured");
  return async (component, place) => {
    const { enclave, signature } = await enclaveFiles(component, place, options);
    const device = options.device ?? (await findDevice());
    await requireAesm(aesmSocket);
    const inside = (name: string): string => (place.isSandboxed ? `/${name}` : join(place.directory, "enclave", name));
    const [runtime, sigstruct] = [inside("runtime"), inside("runtime.sig")];
    const allowNetwork = isNetworkAllowed(component.component);
    return {
      executable: loader,
      arguments: [
        "--host-socket",
        place.socket,
        "--type",
        "sgxs",
        "--signature",
        sigstruct,
        runtime,
        ...(allowNetwork ? ["--allow-network"] : []),
      ],
      allowNetwork,
      writable: [{ source: aesmSocket, target: AESM_SOCKET }],
      devices: [{ source: device, target: device }],
      copied: [
        { source: enclave, target: runtime },
        { source: signature, target: sigstruct },
      ],
    };
  };
}

/** The component's ELF executable, built to pretend that it is the enclave. */
export function mockSgxProgram(options: Omit<SgxOptions, "loader"> = {}): AsyncProgramOf {
  const { log = silentLog } = options;
  return async (component, place) => {
    log.warn("using mock SGX enclaves due to configuration options");
    const { mrEnclave } = await enclaveFiles(component, place, { ...options, allowDebugSignature: true });
    return { ...(await elfProgram(component, place)), environment: { OASIS_MOCK_MRENCLAVE: mrEnclave } };
  };
}

async function enclaveFiles(
  component: HostedComponentFiles,
  place: LaunchPlace,
  options: Omit<SgxOptions, "loader">,
): Promise<EnclaveFiles> {
  try {
    return await checkedFiles(component, place, options);
  } catch (e) {
    const text = `failed to configure process: host/sgx: failed to load enclave/signature: ${messageOf(e)}`;
    throw new LaunchError("enclave", text, e);
  }
}

async function checkedFiles(
  component: HostedComponentFiles,
  place: LaunchPlace,
  { allowDebugSignature = false, log = silentLog }: Omit<SgxOptions, "loader">,
): Promise<EnclaveFiles> {
  const { sgx } = component.component;
  if (sgx === null) {
    throw new LaunchError("enclave", `component '${displayComponentId(component.component)}' is not an SGX component`);
  }
  const enclave = filePath(component, sgx.executable);
  const mrEnclave = await enclaveHash(component.component, new Map([[sgx.executable, await fileOnDisk(enclave)]]));
  let signature = filePath(component, sgx.signature);
  if (sgx.signature === "") {
    if (!allowDebugSignature) throw new LaunchError("enclave", "enclave SIGSTRUCT not available");
    log.warn("generating dummy enclave SIGSTRUCT", { enclave_hash: mrEnclave });
    signature = join(place.directory, "debug.sig");
    await writeFile(signature, debugSigstruct(await readFile(enclave), fortanixDummyKey()), { mode: 0o600 });
  }
  const { sigstruct } = verifySigstruct(await readFile(signature));
  if (sigstruct.enclaveHash !== mrEnclave) throw new LaunchError("enclave", "enclave/SIGSTRUCT mismatch");
  return { enclave, signature, mrEnclave };
}

async function findDevice(): Promise<string> {
  for (const path of DEVICES) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isCharacterDevice() === true || found?.isBlockDevice() === true) return path;
  }
  throw new LaunchError("enclave", "failed to configure process: host/sgx: no SGX device was found on this system");
}

async function requireAesm(path: string): Promise<void> {
  try {
    if ((await stat(path)).isSocket()) return;
  } catch (e) {
    throw new LaunchError("aesm", `aesm: the service is not running: ${systemErrorText(e)}`, e);
  }
  throw new LaunchError("aesm", `aesm: ${path} is not a socket`);
}
