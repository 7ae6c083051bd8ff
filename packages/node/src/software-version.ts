/** What the version of the reference is that this node behaves like. */
export const SOFTWARE_VERSION = "26.1";
