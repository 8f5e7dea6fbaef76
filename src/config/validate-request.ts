import { applyRules } from './cross-field-rules.js'
import { type Finding, type JsonPath, pointerOf } from './findings.js'
import type { Facts } from './rule.js'
import { checkSchema } from './schema-check.js'
import { isSound, schemaViolations, type Violation } from './schema-findings.js'
import type { CreateReplicatorRequest } from './types.js'

/** Where each fact stands in a CreateReplicator request. */
const PLACE_IN_REQUEST: Record<keyof Facts, JsonPath> = {
  clusters: ['KafkaClusters'],
  flows: ['ReplicationInfoList'],
  logDelivery: ['LogDelivery'],
  connections: [],
  request: [],
}

/**
 * Judges a CreateReplicator request as `validate` judges its files: shape first, then the cross-field rules. Findings
 * have no place in a text (line 0); an `error` with its `invalidParameter` is what a BadRequestException says.
 */
export async function validateRequest(
  request: CreateReplicatorRequest,
  options: { strict?: boolean } = {},
): Promise<Finding[]> {
  return (await requestViolations(request, options)).map(({ path, at: _, severity = 'error', ...told }) => ({
    file: '',
    line: 0,
    column: 0,
    pointer: pointerOf(path),
    severity,
    ...told,
  }))
}

/** What is wrong with a value that should be a CreateReplicator request, by its place in the value. */
export async function requestViolations(
  value: unknown,
  { strict = false }: { strict?: boolean } = {},
): Promise<Violation[]> {
  const errors = await checkSchema('create-replicator', value)
  const violations = schemaViolations(errors)
  if (!isSound(errors)) return violations
  const found = applyRules(factsOf(value as CreateReplicatorRequest), { strict })
  return [
    ...violations,
    ...found.map(({ in: fact, path, ...told }) => ({ ...told, path: [...PLACE_IN_REQUEST[fact], ...path] })),
  ]
}

function factsOf(request: CreateReplicatorRequest): Facts {
  return {
    clusters: request.KafkaClusters,
    flows: request.ReplicationInfoList,
    ...(request.LogDelivery !== undefined && { logDelivery: request.LogDelivery }),
    request,
  }
}
