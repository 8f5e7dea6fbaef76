import { grouped } from '../../ui/format-number.js'

/** Three digits or so: `0.85`, `12.3`, `415`, `12,345`; unknown is `–`. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  if (Math.abs(value) < 9.995) return value.toFixed(2)
  return Math.abs(value) < 99.95 ? value.toFixed(1) : grouped(value)
}

/** `5.1 ×`. */
export function times(value: number | null): string {
  return value === null ? '–' : `${figure(value)} ×`
}
