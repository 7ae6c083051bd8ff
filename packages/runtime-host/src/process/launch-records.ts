// Which components are just being started, kept on the disk: bubblewrap asks the kernel to die with
// the node some milliseconds after its own start, and a node that is killed before leaves it, or what
// it has forked, behind. The next start of the node ends what is left.
import { mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";

/** Names of the private directories of starts; nothing else is looked for, or removed. */
export const LAUNCH_PREFIX = "oasis-runtime";

/** What was killed while it forked may have left one more. */
const MAX_PASSES = 20;

/** The private directories of starts under way, as links in a folder of the node's. */
export class LaunchRecords {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Before anything that knows the directory is started. Throws what the file system throws. */
  add(directory: string): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    symlinkSync(directory, join(this.#folder, basename(directory)));
  }

  /** When the component is connected, or is gone. */
  remove(directory: string): void {
    rmSync(join(this.#folder, basename(directory)), { force: true });
  }

  /** Processes of starts that are recorded. */
  left(): readonly number[] {
    const links = this.#links();
    return links.length === 0 ? [] : processesKnowing(links);
  }

  /**
   * Once, before anything is started: ends what starts of an earlier process have left, and removes
   * their directories. The number of processes that were ended.
   */
  reap(): number {
    const links = this.#links();
    let ended = 0;
    for (let pass = 0; links.length > 0 && pass < MAX_PASSES; pass++) {
      const left = processesKnowing(links);
      if (left.length === 0) break;
      for (const pid of left) if (kill(pid)) ended++;
    }
    for (const name of links) {
      rmSync(readlinkSync(join(this.#folder, name)), { recursive: true, force: true });
      rmSync(join(this.#folder, name), { force: true });
    }
    return ended;
  }

  #links(): string[] {
    const name = new RegExp(`^${LAUNCH_PREFIX}\\w+$`);
    return readdirSafely(this.#folder).filter((link) => {
      return name.test(link) && basename(linkTarget(join(this.#folder, link))) === link;
    });
  }
}

/** Processes that have files of these directories open or mounted, or were told of them. */
function processesKnowing(names: readonly string[]): number[] {
  const isKnown = (text: string): boolean => names.some((name) => text.includes(`/${name}/`));
  return readdirSafely("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const folder = `/proc/${pid}`;
    const files = readdirSafely(`${folder}/fd`).map((fd) => linkTarget(`${folder}/fd/${fd}`));
    const told = ["mountinfo", "environ"].map((file) => readSafely(`${folder}/${file}`));
    return [...files, ...told].some(isKnown) ? [pid] : [];
  });
}

/** Processes end while they are looked at, and others belong to somebody else. */
function safely<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

const readdirSafely = (path: string): string[] => safely(() => readdirSync(path), []);
const readSafely = (path: string): string => safely(() => readFileSync(path, "latin1"), "");
const linkTarget = (path: string): string => safely(() => readlinkSync(path), "");

function kill(pid: number): boolean {
  return safely(() => process.kill(pid, "SIGKILL"), false);
}
