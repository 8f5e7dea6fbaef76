import { arch, cpus, platform, release, totalmem } from 'node:os'

/** On what the figures were measured: without it they mean little. */
export interface Machine {
  cpus: number
  cpuModel: string
  memoryGb: number
  platform: string
  node: string
  kafka: string
}

export function describeMachine(kafkaVersion: string): Machine {
  return {
    cpus: cpus().length,
    cpuModel: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1e9),
    platform: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    kafka: kafkaVersion,
  }
}
