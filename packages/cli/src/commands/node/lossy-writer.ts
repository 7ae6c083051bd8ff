// Lines of a log that may not fit on the disk. A node does not fail because its log cannot be written
// (the reference's does not either): what is lost is counted, and told once there is room again.
import { writeSync } from "node:fs";

export interface LossyWriterParts {
  /** Writes the bytes or a first part of them, and returns how many; throws where it can write none. */
  readonly write: (bytes: Uint8Array) => number;
  /** Told of the first line of a series that cannot be written. */
  readonly failed: (error: Error) => void;
  /** Told when a line could be written after so many that could not. */
  readonly recovered: (lines: number) => void;
}

/** A function that writes one line, with its end, and never throws. */
export function lossyWriter({ failed, recovered, write }: LossyWriterParts): (line: string) => void {
  let lost = 0;
  let isCut = false;
  return (line) => {
    const whole: Uint8Array = Buffer.from(isCut ? `\n${line}` : line);
    let rest = whole;
    try {
      while (rest.length > 0) rest = rest.subarray(write(rest));
      isCut = false;
    } catch (e) {
      // What follows begins on a line of its own.
      isCut ||= rest.length < whole.length;
      if (++lost === 1) failed(e as Error);
      return;
    }
    const before = lost;
    lost = 0;
    if (before > 0) recovered(before);
  };
}

/** For `LossyWriterParts.write`. */
export function writerOf(descriptor: number): (bytes: Uint8Array) => number {
  return (bytes) => writeSync(descriptor, bytes);
}
