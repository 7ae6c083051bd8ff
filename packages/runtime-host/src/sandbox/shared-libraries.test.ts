import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { test } from "node:test";

import { mutate, Prng } from "@wadi/testing";

import { probeElf } from "../testing/probe-elf.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { neededLibraries } from "./elf.ts";
import { LaunchError } from "./errors.ts";
import { parseLdSoCache } from "./ld-so-cache.ts";
import { resolveLibraries } from "./shared-libraries.ts";

const isHere = process.platform === "linux" && process.arch === "x64" && existsSync("/etc/ld.so.cache");
const skip = isHere ? false : "for Linux on x86_64 with glibc";

/** A cache in the new format; entries are flags, name, path, hwcap. */
function cacheFile(entries: readonly (readonly [number, string, string, bigint])[], oldFormatFirst = false): Buffer {
  const header = Buffer.alloc(48);
  header.write("glibc-ld.so.cache1.1");
  header.writeUInt32LE(entries.length, 20);
  const table = Buffer.alloc(24 * entries.length);
  let strings = Buffer.alloc(0);
  const place = (text: string): number => {
    const at = header.length + table.length + strings.length;
    strings = Buffer.concat([strings, Buffer.from(`${text}\0`)]);
    return at;
  };
  for (const [i, [flags, name, path, hwcap]] of entries.entries()) {
    table.writeUInt32LE(flags, 24 * i);
    table.writeUInt32LE(place(name), 24 * i + 4);
    table.writeUInt32LE(place(path), 24 * i + 8);
    table.writeBigUInt64LE(hwcap, 24 * i + 16);
  }
  header.writeUInt32LE(strings.length, 24);
  const file = Buffer.concat([header, table, strings]);
  if (!oldFormatFirst) return file;
  // One old entry: 12 + 4 + 12 bytes, padded to 32.
  const old = Buffer.alloc(32);
  old.write("ld.so-1.7.0\0");
  old.writeUInt32LE(1, 12);
  return Buffer.concat([old, file]);
}

test("libraries of a real program are those that the loader finds", { skip }, async () => {
  const { stdout } = spawnSync("ldd", [process.execPath], { encoding: "utf8" });
  const expected = [...stdout.matchAll(/^\t(\S+) => (\S+) /gm)].map(([, soname]) => soname);
  const found = await resolveLibraries(process.execPath);
  const names = found.map(({ soname }) => soname);
  for (const soname of expected) assert.ok(soname !== undefined && names.includes(soname), soname ?? "no name");
  assert.ok(names.some((soname) => soname.startsWith("ld-linux")));
  assert.equal(new Set(names).size, names.length);
});

test("the cache: other architectures left out, plain variants before those for newer processors", () => {
  const entries = [
    [0x0303, "libx.so.1", "/lib/v3/libx.so.1", (1n << 62n) | 3n],
    [0x0303, "libx.so.1", "/lib/libx.so.1", 0n],
    [0x0303, "libx.so.1", "/lib/tls/libx.so.1", 4n],
    [0x0003, "liby.so.1", "/lib32/liby.so.1", 0n],
  ] as const;
  for (const oldFormatFirst of [false, true]) {
    const cache = parseLdSoCache(cacheFile(entries, oldFormatFirst));
    assert.deepEqual([...cache], [["libx.so.1", ["/lib/tls/libx.so.1", "/lib/libx.so.1", "/lib/v3/libx.so.1"]]]);
  }
});

test("a library that is only in the fallback path, behind a link, or nowhere", { skip }, async () => {
  await using folder = await temporaryFolder();
  await mkdir(folder.at("lib"));
  await writeFile(folder.at("lib/real.so"), await readFile("/lib64/ld-linux-x86-64.so.2"));
  await symlink("real.so", folder.at("lib/libc.so.6"));
  await writeFile(folder.at("cache"), cacheFile([]));
  const search = { cachePath: folder.at("cache"), fallbackPath: `:${folder.at("lib")}` };
  const [libc] = await resolveLibraries("/bin/true", search);
  assert.deepEqual(libc, { soname: "libc.so.6", path: folder.at("lib/real.so") });
  await assert.rejects(resolveLibraries("/bin/true", { cachePath: folder.at("cache") }), {
    message: "dynlib: Failed to find library: libc.so.6",
  });
});

test("a static program needs nothing; what is no program is refused", async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.at("probe"), probeElf());
  assert.deepEqual(await neededLibraries(folder.at("probe")), []);
  const other = Buffer.from(probeElf());
  other.writeUInt16LE(183, 18);
  const contents: readonly (readonly [string, string | Uint8Array])[] = [
    ["empty", ""],
    ["script", "#!/bin/sh\n".repeat(10)],
    ["short", "\x7fELF"],
    ["other", other],
    ["cut", probeElf().subarray(0, 70)],
  ];
  for (const [name, content] of contents) {
    await writeFile(folder.at(name), content);
    await assert.rejects(
      neededLibraries(folder.at(name)),
      (e) => e instanceof LaunchError && e.kind === "executable",
      name,
    );
  }
  await assert.rejects(neededLibraries(folder.at("absent")), { message: /^open .*absent: no such file or directory$/ });
});

test("damaged programs and caches are refused or read, never more", { skip }, async () => {
  await using folder = await temporaryFolder();
  const random = new Prng(5);
  const program = (await readFile("/bin/true")).subarray(0, 64 * 1024);
  const cache = await readFile("/etc/ld.so.cache");
  const expected = (e: unknown): void => assert.ok(e instanceof LaunchError, String(e));
  for (let i = 0; i < 300; i++) {
    await writeFile(folder.at("x"), mutate(random, program, [program]));
    await neededLibraries(folder.at("x")).catch(expected);
    try {
      parseLdSoCache(mutate(random, cache, [cache]));
    } catch (e) {
      expected(e);
    }
  }
});
