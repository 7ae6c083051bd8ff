import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { test } from "node:test";

import { sandboxIsMissing } from "../testing/sandbox.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { describeProblem, type Machine, sandboxProblems } from "./prerequisites.ts";

const BWRAP = "/usr/bin/bwrap";

const good: Machine = {
  platform: "linux",
  architecture: "x64",
  userId: 1000,
  temporaryDirectory: "/tmp",
  run: () => Promise.resolve("bubblewrap 0.8.0\n"),
  read: () => Promise.resolve(undefined),
  exists: () => Promise.resolve(true),
};

/** A machine where bubblewrap is there but sandboxes are refused with this line. */
function refusing(line: string, settings: Readonly<Record<string, string>> = {}): Machine {
  return {
    ...good,
    run: (program, args) =>
      args[0] === "--version" ? good.run(program, args) : Promise.reject(new Error(`${line}\n`)),
    read: (path) => Promise.resolve(settings[path]),
  };
}

async function only(machine: Machine): Promise<string> {
  const problems = await sandboxProblems(BWRAP, machine);
  assert.equal(problems.length, 1, problems.map(describeProblem).join("\n"));
  return problems.map(describeProblem).join("");
}

test("a machine that can", { skip: sandboxIsMissing() }, async () => {
  assert.deepEqual(await sandboxProblems(BWRAP), []);
});

test("bubblewrap missing, too old, or something else", async () => {
  assert.match(
    await only({ ...good, exists: () => Promise.resolve(false) }),
    /^found: sandbox binary not found; needed: bubblewrap 0\.3\.3 or newer at \/usr\/bin\/bwrap; what to do: install it/,
  );
  for (const version of ["0.3.2", "0.1.9", "0.2.10"]) {
    const old = await only({ ...good, run: () => Promise.resolve(`bubblewrap ${version}\n`) });
    assert.match(old, new RegExp(`^found: bubblewrap ${version.replaceAll(".", "\\.")}; needed: bubblewrap 0\\.3\\.3`));
  }
  for (const version of ["0.3.3", "0.4.1", "0.11.0", "1.0.0"]) {
    assert.deepEqual(
      await sandboxProblems(BWRAP, { ...good, run: () => Promise.resolve(`bubblewrap ${version}\n`) }),
      [],
    );
  }
  assert.match(await only({ ...good, run: () => Promise.resolve("something 1.2.3\n") }), /^found: something 1\.2\.3;/);

  await using folder = await temporaryFolder();
  await writeFile(folder.at("false"), "no program");
  await chmod(folder.at("false"), 0o700);
  const problems = await sandboxProblems(folder.at("false"));
  if (process.platform === "linux" && process.arch === "x64") assert.equal(problems.length, 1);
});

test("namespaces forbidden: by the kernel, by AppArmor, by a container", async () => {
  const line = "bwrap: Failed to mount tmpfs: Permission denied";
  assert.match(await only(refusing(line)), new RegExp(`^found: ${line}; needed: .*container`));
  const clone = refusing("bwrap: No permissions to create new namespace", {
    "/proc/sys/kernel/unprivileged_userns_clone": "0\n",
  });
  assert.match(await only(clone), /set kernel\.unprivileged_userns_clone to 1/);
  const none = refusing("bwrap: Creating new namespace failed: No space left on device", {
    "/proc/sys/user/max_user_namespaces": "0\n",
  });
  assert.match(await only(none), /set user\.max_user_namespaces/);
  const settings = { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" };
  const armor = refusing("bwrap: setting up uid map: Permission denied", settings);
  assert.match(await only(armor), /AppArmor forbids them/);
});

test("no place for temporary files; another system", async () => {
  const place = await only({ ...good, temporaryDirectory: "/nonexistent" });
  assert.match(
    place,
    /^found: failed to create temporary directory: mkdir \/nonexistent\/oasis-runtime\w+: no such file or directory;/,
  );
  assert.match(
    await only({ ...good, platform: "darwin", architecture: "arm64" }),
    /^found: darwin on arm64; needed: Linux/,
  );
});
