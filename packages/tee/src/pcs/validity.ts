// Dates of collateral. Reference: go/common/sgx/pcs/tcb.go `TCBInfo.validate`, `QEIdentity.validate`.
import { parseTime } from "@wadi/codec";

import { TeeError, type TeeErrorKind } from "../errors.ts";
import type { Moment } from "../moment.ts";

const NANOS = 1_000_000_000n;
const DAY_NANOS = 86_400n * NANOS;
/** Of Go's zero time, for which `parseTime` has no value. */
const ZERO_TIME_NANOS = -62_135_596_800n * NANOS;

/** Unix nanoseconds of a timestamp in Intel's form, always with `Z`; throws `kind`. */
export function timestampNanos(text: string, kind: TeeErrorKind): bigint {
  if (!text.endsWith("Z")) throw new TeeError(kind);
  try {
    const time = parseTime(text);
    return time === null ? ZERO_TIME_NANOS : time.seconds * NANOS + BigInt(time.nanos);
  } catch (e) {
    throw new TeeError(kind, { cause: e });
  }
}

interface Dated {
  readonly issueDate: string;
  readonly nextUpdate: string;
}

/**
 * Refuses collateral from the future (`future`) or issued more than so many days ago (`expired`).
 * The announced date of the next update must be readable but is no limit.
 */
export function checkDates(
  { issueDate, nextUpdate }: Dated,
  days: number,
  moment: Moment,
  kinds: { readonly future: TeeErrorKind; readonly expired: TeeErrorKind },
): void {
  const issued = timestampNanos(issueDate, "issueDate");
  timestampNanos(nextUpdate, "nextUpdate");
  if (issued > moment.unixNanos) throw new TeeError(kinds.future);
  if (!moment.isWithin(issued, issued + BigInt(days) * DAY_NANOS)) throw new TeeError(kinds.expired);
}
