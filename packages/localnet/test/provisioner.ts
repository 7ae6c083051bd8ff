import { spawnSync } from "node:child_process";

/** The sandbox, or none where it does not work. */
export function availableProvisioner(): "sandboxed" | "unconfined" {
  const probe = ["--unshare-all", "--cap-drop", "ALL", "--ro-bind", "/", "/", "--", "/bin/true"];
  return spawnSync("/usr/bin/bwrap", probe).status === 0 ? "sandboxed" : "unconfined";
}
