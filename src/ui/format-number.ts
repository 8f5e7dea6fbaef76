/** `951402` → `951,402`; unknown is `?`, never 0. */
export function grouped(value: number | null | undefined): string {
  if (value === null || value === undefined) return '?'
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** Bytes per second with three digits or so: `12.3 MB/s`. */
export function byteRate(value: number | null): string {
  if (value === null) return '?'
  let rate = value
  let unit = 0
  while (rate >= 999.5 && unit < UNITS.length - 1) {
    rate /= 1000
    unit++
  }
  return `${rate < 99.95 && unit > 0 ? rate.toFixed(1) : Math.round(rate)} ${UNITS[unit]}/s`
}

/** `14:02:31Z`, from milliseconds since the epoch. */
export function clockTime(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)}Z`
}

/** `1s`, `59s`, `12m`, `3h`, `5d`: as exact as one needs it, rounded up so that it is not over before. */
export function briefDuration(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 2 * 3600) return `${Math.ceil(seconds / 60)}m`
  return seconds < 48 * 3600 ? `${Math.ceil(seconds / 3600)}h` : `${grouped(Math.ceil(seconds / 86_400))}d`
}
