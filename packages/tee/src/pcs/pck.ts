// What the certificate of a provisioning key says about its platform.
// Reference: go/common/sgx/pcs/quote.go `CertificationData_QEReport.verifyPCK`.
import type { KeyObject } from "node:crypto";

import { CryptoError, DerReader, DerTag, oidText } from "@wadi/crypto";
import { bytesEqual } from "@wadi/util";

import { TeeError } from "../errors.ts";
import type { Moment } from "../moment.ts";
import type { CertificationData } from "../quote/signature.ts";
import type { Certificate } from "../x509/certificate.ts";
import { verifyChain } from "../x509/chain.ts";
import { pcsRoot } from "../x509/intel-roots.ts";
import { isP256 } from "../x509/signature.ts";

const SGX_EXTENSIONS = "1.2.840.113741.1.13.1";
const FMSPC = `${SGX_EXTENSIONS}.4`;
const TCB = `${SGX_EXTENSIONS}.2`;
const FMSPC_BYTES = 6;

export interface PckInfo {
  readonly publicKey: KeyObject;
  /** 6 bytes: model and family of the platform. */
  readonly fmspc: Uint8Array;
  /** 16 versions. */
  readonly tcbCompSvns: readonly number[];
  readonly pceSvn: number;
  /** 16 bytes. */
  readonly cpuSvn: Uint8Array;
}

/** Verifies the chain of a provisioning key at a time and reads its certificate. Throws a TeeError. */
export function verifyPck(data: CertificationData, moment: Moment, trustedRoot: Certificate = pcsRoot()): PckInfo {
  if (data.kind !== "pckChain") throw new TeeError("noPckChain");
  const [leaf, intermediate, root, ...more] = data.certificates;
  if (leaf === undefined || root === undefined || more.length > 0) {
    throw new TeeError("pckChainLength", { context: String(data.certificates.length) });
  }
  verifyChain(leaf, intermediate, trustedRoot, moment);
  if (!bytesEqual(root.raw, trustedRoot.raw)) throw new TeeError("chainRoot");
  return readPck(leaf);
}

/** Reads the certificate of a provisioning key without verifying it. */
export function readPck(certificate: Certificate): PckInfo {
  const { publicKey } = certificate;
  if (!isP256(publicKey)) throw new TeeError("pckKey");
  const extension = certificate.extensions.find(({ oid }) => oid === SGX_EXTENSIONS);
  try {
    return { publicKey, ...readSgxExtensions(extension?.value) };
  } catch (e) {
    if (e instanceof CryptoError) throw new TeeError("pckExtension", { cause: e });
    throw e;
  }
}

type SgxExtensions = Omit<PckInfo, "publicKey">;

function readSgxExtensions(value: Uint8Array | undefined): SgxExtensions {
  let fmspc: Uint8Array | undefined;
  let tcb: Omit<SgxExtensions, "fmspc"> = { tcbCompSvns: noSvns(), pceSvn: 0, cpuSvn: new Uint8Array(16) };
  const items = value === undefined ? undefined : new DerReader(value).enter(DerTag.sequence);
  while (items !== undefined && !items.done) {
    const item = items.enter(DerTag.sequence);
    const oid = oidText(item.read(DerTag.oid).content);
    if (oid === FMSPC) {
      fmspc = item.read(DerTag.octetString).content;
      if (fmspc.length !== FMSPC_BYTES) throw new TeeError("pckExtension", { context: "FMSPC" });
    } else if (oid === TCB) {
      tcb = readTcb(item.enter(DerTag.sequence));
    }
  }
  if (fmspc === undefined) throw new TeeError("pckFmspc");
  return { fmspc, ...tcb };
}

const noSvns = (): number[] => Array.from({ length: 16 }, () => 0);

/** The parts of the TCB by the last number of their identifiers: 1 to 16, PCE 17, processor 18. */
function readTcb(parts: DerReader): Omit<SgxExtensions, "fmspc"> {
  const tcbCompSvns = noSvns();
  const cpuSvn = new Uint8Array(16);
  let pceSvn = 0;
  while (!parts.done) {
    const part = parts.enter(DerTag.sequence);
    const number = Number(oidText(part.read(DerTag.oid).content).split(".").at(-1));
    if (number >= 1 && number <= 16) tcbCompSvns[number - 1] = int32(part);
    else if (number === 17) {
      pceSvn = int32(part);
      if (pceSvn < 0 || pceSvn > 0xffff) throw new TeeError("pckExtension", { context: "PCESVN" });
    } else if (number === 18) {
      cpuSvn.set(part.read(DerTag.octetString).content.subarray(0, 16));
    }
  }
  return { tcbCompSvns, pceSvn, cpuSvn };
}

function int32(reader: DerReader): number {
  const { content } = reader.read(DerTag.integer);
  if (content.length === 0 || content.length > 4) throw new TeeError("pckExtension", { context: "version" });
  let value = (content[0] ?? 0) >= 0x80 ? -1 : 0;
  for (const byte of content) value = (value << 8) | byte;
  return value;
}
