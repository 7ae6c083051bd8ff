// Values that are read often, change rarely and are costly to decode. What bytes decode to depends
// on nothing else, so one memory serves all states.
import type { Packed } from "@wadi/mkvs";

import type { ValueFormat } from "../framework/state-value.ts";

/** As `format`, remembering up to `limit` decoded values; the one decoded first is forgotten first. */
export function memoizedValue<V>(format: ValueFormat<V>, limit: number): ValueFormat<V> {
  const known = new Map<Packed, V>();
  return {
    ...format,
    decode(packed) {
      const remembered = known.get(packed);
      if (remembered !== undefined) return remembered;
      const value = format.decode(packed);
      if (known.size >= limit) for (const oldest of known.keys()) if (known.delete(oldest)) break;
      known.set(packed, value);
      return value;
    },
  };
}
