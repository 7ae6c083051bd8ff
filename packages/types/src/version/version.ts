// Protocol and runtime versions. Reference: go/common/version/version.go.
import { DecodeError, optional, struct, u16, type TypeOf } from "@wadi/codec";

import { ValidationError } from "../validation-error.ts";

export const Version = struct("version.Version", {
  major: optional(u16),
  minor: optional(u16),
  patch: optional(u16),
});
export type Version = TypeOf<typeof Version>;

export const ProtocolVersions = struct("version.ProtocolVersions", {
  consensusProtocol: Version,
  runtimeHostProtocol: Version,
  runtimeCommitteeProtocol: Version,
});
export type ProtocolVersions = TypeOf<typeof ProtocolVersions>;

/** A version from its parts. */
export function version(major: number, minor = 0, patch = 0): Version {
  return { major, minor, patch };
}

/** Versions of the protocols this code speaks. */
export const protocolVersions: ProtocolVersions = {
  consensusProtocol: version(7),
  runtimeHostProtocol: version(5, 1),
  runtimeCommitteeProtocol: version(5),
};

/** Negative if `a` is older, zero if equal, positive if newer. */
export function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

/** Equality of all three parts. */
export function versionsEqual(a: Version, b: Version): boolean {
  return compareVersions(a, b) === 0;
}

/** major << 32 | minor << 16 | patch: the order of deployments. */
export function versionToU64(v: Version): bigint {
  return (BigInt(v.major) << 32n) | (BigInt(v.minor) << 16n) | BigInt(v.patch);
}

/** The inverse of `versionToU64`; bits above the major version's 16 are dropped. */
export function versionFromU64(n: bigint): Version {
  return version(Number((n >> 32n) & 0xffffn), Number((n >> 16n) & 0xffffn), Number(n & 0xffffn));
}

/** CometBFT's application version is the major version alone. */
export const COMETBFT_APP_VERSION = versionToU64(version(protocolVersions.consensusProtocol.major));

/** `major.minor.patch`, which `parseVersion` reads. */
export function formatVersion(v: Version): string {
  return `${v.major}.${v.minor}.${v.patch}`;
}

/**
 * Reads `major[.minor[.patch[.ignored]]]`, cut at the first space, `-`, `+`, `rc`, `alpha` or
 * `beta`. Throws DecodeError unless each part is a decimal u16.
 */
export function parseVersion(text: string): Version {
  let cut = text;
  for (const separator of [" ", "-", "+", "rc", "alpha", "beta"]) cut = cut.split(separator, 1)[0] ?? "";
  const [major = 0, minor = 0, patch = 0] = cut
    .split(".")
    .slice(0, 3)
    .map((part) => {
      const n = /^[0-9]+$/.test(part) ? Number(part) : Number.NaN;
      if (!(n <= 0xffff)) throw new DecodeError(`version: failed to parse SemVer '${cut}'`);
      return n;
    });
  return version(major, minor, patch);
}

/**
 * Turns the version of a Go module, `v0.YYMM.P`, into `YY.M` or `YY.M.P`; `undefined` for other
 * texts (go/common/version, `ConvertGoModulesVersion`).
 */
export function convertGoModuleVersion(text: string): string | undefined {
  const [, year, month = "", patch] = /v0.([0-9]{2})([0-9]{2}).([0-9]+)/.exec(text) ?? [];
  if (year === undefined) return undefined;
  return `${year}.${month.replace(/^0/, "")}${patch === "0" ? "" : `.${patch}`}`;
}

/** Throws ValidationError for the zero version. */
function validateVersion(v: Version): void {
  if (v.major === 0 && v.minor === 0 && v.patch === 0) throw new ValidationError("invalid version: 0.0.0");
}

/** Throws ValidationError unless all three versions are set. */
export function validateProtocolVersions(versions: ProtocolVersions): void {
  validateVersion(versions.consensusProtocol);
  validateVersion(versions.runtimeHostProtocol);
  validateVersion(versions.runtimeCommitteeProtocol);
}

/** True if the major versions of all three protocols are equal. */
export function protocolsCompatible(a: ProtocolVersions, b: ProtocolVersions): boolean {
  return (
    a.consensusProtocol.major === b.consensusProtocol.major &&
    a.runtimeHostProtocol.major === b.runtimeHostProtocol.major &&
    a.runtimeCommitteeProtocol.major === b.runtimeCommitteeProtocol.major
  );
}
