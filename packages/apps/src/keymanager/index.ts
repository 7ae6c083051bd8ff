export { keymanagerApplication, type KeyManagerOptions } from "./app.ts";
export * from "./churp/handoff.ts";
export * as keymanagerQueries from "./queries.ts";
export { attestationKey, attestationKeyOf, encryptionKeys, INSECURE_RAK, INSECURE_REK } from "./runtimes.ts";
export { nextGeneration, rotationProblem } from "./secrets/status.ts";
