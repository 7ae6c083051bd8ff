// Labels of bundles and volumes. Reference: go/runtime/bundle/labels.go, manager.go.
import { BundleError } from "./errors.ts";

export type Labels = ReadonlyMap<string, string>;

/** Who added a bundle or volume; set by the host. */
export const LABEL_ORIGIN = "net.oasis.origin";
/** Tells instances of one managed bundle apart. */
export const LABEL_INSTANCE_ID = "net.oasis.instance_id";

const MAX_LABELS = 1024;
const MAX_LABEL_BYTES = 1024;

/** Throws a BundleError for more or longer labels than are allowed. */
export function validateLabels(labels: Labels): void {
  if (labels.size > MAX_LABELS) throw new BundleError("labels", "too many labels");
  for (const label of labels.entries()) {
    if (label.some((text) => Buffer.byteLength(text) > MAX_LABEL_BYTES)) {
      throw new BundleError("labels", "label too large");
    }
  }
}

/** Whether all of `wanted` are set. */
export function hasLabels(labels: Labels, wanted: Labels): boolean {
  return [...wanted].every(([key, value]) => labels.get(key) === value);
}
