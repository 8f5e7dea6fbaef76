import { CLUSTER_RULES } from './cluster-rules.js'
import { FLOW_RULES } from './flow-rules.js'
import { OTHER_RULES } from './other-rules.js'
import { PORTABILITY_RULES } from './portability-rules.js'
import type { Facts, Objection, Rule } from './rule.js'

/** Every rule that a JSON Schema cannot say, in the order findings are told. The names are stable. */
export const CROSS_FIELD_RULES: readonly Rule[] = [
  ...CLUSTER_RULES,
  ...FLOW_RULES,
  ...OTHER_RULES,
  ...PORTABILITY_RULES,
]

/** An objection with the name of its rule. */
export interface RuleObjection extends Objection {
  code: string
}

/**
 * Runs the rules whose needs the facts cover. With `together`, only those that need more than one of the files, for
 * files that have been judged alone already.
 */
export function applyRules(
  facts: Facts,
  { strict = false, together = false }: { strict?: boolean; together?: boolean } = {},
): RuleObjection[] {
  return CROSS_FIELD_RULES.filter(rule => strict || rule.strictOnly !== true)
    .filter(rule => rule.needs.every(need => facts[need] !== undefined))
    .filter(rule => !together || rule.needs.length > 1)
    .flatMap(rule => [...rule.check(facts as Required<Facts>)].map(objection => ({ ...objection, code: rule.name })))
}
