import { readFileSync } from 'node:fs'

/** Linux reports CPU time in ticks of a hundredth of a second on every platform that Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100

/**
 * CPU seconds (user and system) of a process, of all its threads and of its children that have ended. Undefined where
 * there is no /proc, and when the process has ended.
 */
export function cpuSeconds(pid: number): number | undefined {
  const stat = readProc(pid, 'stat')
  return stat === undefined ? undefined : parseCpuSeconds(stat)
}

/** The most memory a process has ever had in use (resident), in MB of 10^6 bytes. Undefined as above. */
export function peakMegabytes(pid: number): number | undefined {
  const status = readProc(pid, 'status')
  return status === undefined ? undefined : parsePeakMegabytes(status)
}

/** The memory it has in use now (resident), in MB of 10^6 bytes. Undefined as above. */
export function residentMegabytes(pid: number): number | undefined {
  const status = readProc(pid, 'status')
  return status === undefined ? undefined : parseMegabytes(status, 'VmRSS')
}

/** The second field is the command in parentheses, which may itself hold spaces and parentheses (proc(5)). */
export function parseCpuSeconds(stat: string): number {
  const afterCommand = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // utime, stime, cutime and cstime are fields 14 to 17; afterCommand begins with field 3.
  const ticks = afterCommand.slice(11, 15).map(Number)
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND
}

export function parsePeakMegabytes(status: string): number | undefined {
  return parseMegabytes(status, 'VmHWM')
}

function parseMegabytes(status: string, field: string): number | undefined {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
  return kibibytes === undefined ? undefined : (Number(kibibytes) * 1024) / 1e6
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined
  }
}
