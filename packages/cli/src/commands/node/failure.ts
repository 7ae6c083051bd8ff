/** Why a node does not start; the text is the reference's where it has one. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
}

export function fail(text: string, cause?: unknown): never {
  throw new StartFailure(text, cause === undefined ? undefined : { cause });
}
