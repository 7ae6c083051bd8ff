// Answers `--version`. Imports nothing, so that the answer needs no other module.

/** Version of this software; the same as in package.json. */
export const SOFTWARE_VERSION = "0.1.0";

/** Protocol versions, repeated from `@wadi/types` (a test compares them). */
export const PROTOCOLS = {
  consensus: "7.0.0",
  runtimeHost: "5.1.0",
  runtimeCommittee: "5.0.0",
} as const;

/** The lines of `--version`: those of the reference, with our runtime instead of the Go tool chain. */
export function versionText(): string {
  return [
    `Software version: ${SOFTWARE_VERSION}`,
    "Consensus:",
    `  Consensus protocol version: ${PROTOCOLS.consensus}`,
    "Runtime:",
    `  Host protocol version:      ${PROTOCOLS.runtimeHost}`,
    `  Committee protocol version: ${PROTOCOLS.runtimeCommittee}`,
    `Node.js version: ${process.versions.node}`,
    "",
  ].join("\n");
}
