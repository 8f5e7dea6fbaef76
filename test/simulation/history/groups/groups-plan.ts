import type { Random } from '../../random.js'

/** The consumer groups of a history. */
export interface GroupsPlan {
  names: string[]
  mode: 'legacy' | 'enhanced'
  detectNew: boolean
  followResets: boolean
  /** ListGroups v5. */
  listsTypes: boolean
  /** `offset.metadata.max.bytes` of the target. */
  maxMetadataBytes: number
}

export function planGroups(random: Random, naming: 'prefixed' | 'identical', enhancedChance: number): GroupsPlan {
  const isEnhanced = random.chance(enhancedChance) && naming === 'identical'
  return {
    names: Array.from({ length: random.between(1, 3) }, (_, n) => `group${n}`),
    mode: isEnhanced ? 'enhanced' : 'legacy',
    detectNew: random.chance(0.85),
    followResets: random.chance(0.3),
    listsTypes: random.chance(0.6),
    maxMetadataBytes: random.chance(0.2) ? 60 : 4_096,
  }
}
