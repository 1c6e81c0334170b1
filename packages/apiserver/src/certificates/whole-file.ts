// A file that is there whole or not at all: written beside its place first, then moved there, so that readers never see half of it. What
// is no file (a device, a pipe) is written to as it is: moved over, it would be gone. A link stays a link.

import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Several at a time in one process get names of their own. */
let written = 0

/**
 * @param mode of the file; default that of the file that was there, else what the process gives new files
 * @throws the error of the file system; nothing is left beside the file
 */
export async function writeWholeFile(path: string, text: string, mode?: number): Promise<void> {
  const before = await stat(path).catch(() => undefined)
  if (before !== undefined && !before.isFile()) return writeFile(path, text)
  const place = before === undefined ? path : await realpath(path)
  const beside = join(dirname(place), `.${basename(place)}.${process.pid}.${++written}.tmp`)
  try {
    // A leftover of a process that died; exclusive creation below would trip over it, and must, over anything else.
    await rm(beside, { force: true })
    const file = await open(beside, 'wx', mode ?? 0o666)
    try {
      await file.writeFile(text)
      if (mode === undefined && before !== undefined) await file.chmod(before.mode & 0o777)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, place)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}
