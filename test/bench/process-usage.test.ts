import { expect, test } from 'vitest'
import {
  cpuSeconds,
  parseCpuSeconds,
  parsePeakMegabytes,
  peakMegabytes,
} from '../../src/bench/measure/process-usage.ts'

const STAT_REST = 'S 1 4711 4711 0 -1 4194304 9 0 0 0 250 50 30 20 20 0 11 0 5 1 1'

test('user and system time of the process and its ended children are added up', () => {
  expect(parseCpuSeconds(`4711 (java) ${STAT_REST}`)).toBe(3.5)
})

test('a command name with spaces and parentheses does not shift the fields', () => {
  expect(parseCpuSeconds(`4711 (my (odd) name) ${STAT_REST}`)).toBe(3.5)
})

test('peak memory is VmHWM, in MB of a million bytes', () => {
  expect(parsePeakMegabytes('VmPeak:\t  900000 kB\nVmHWM:\t  125000 kB\nVmRSS:\t  1 kB\n')).toBe(128)
  expect(parsePeakMegabytes('Name:\tkthreadd\n')).toBeUndefined()
})

test('a process that is gone has no figures, which is not zero', () => {
  const noSuchProcess = 2 ** 30
  expect(cpuSeconds(noSuchProcess)).toBeUndefined()
  expect(peakMegabytes(noSuchProcess)).toBeUndefined()
})

test.runIf(process.platform === 'linux')('our own process has used CPU and memory', () => {
  expect(cpuSeconds(process.pid)).toBeGreaterThan(0)
  expect(peakMegabytes(process.pid)).toBeGreaterThan(10)
})
