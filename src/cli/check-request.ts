import type { Finding } from '../config/findings.js'
import { pathOf } from '../config/findings.js'
import { offsetOf } from '../config/json-tree.js'
import type { CreateReplicatorRequest } from '../config/types.js'
import { validateRequest } from '../config/validate-request.js'
import { ServiceError } from '../errors.js'
import type { Parameters } from './aws/parameters.js'

/**
 * The service's own check of a request that has the right shape. All errors are told, the first one's parameter as
 * `InvalidParameter`; what came from a file is told with its line and column.
 */
export async function checkRequest(parameters: Parameters): Promise<CreateReplicatorRequest> {
  // ParamValidation has seen to the shape; validateRequest looks at the rest, and at the shape again.
  const request = parameters.input as unknown as CreateReplicatorRequest
  await refuseFaults(request, parameters)
  return request
}

/**
 * The same of a request that an update has made out of the one in force. What the update brought is told as it stands in
 * its own parameters.
 */
export async function checkUpdated(
  request: CreateReplicatorRequest,
  parameters: Parameters,
): Promise<CreateReplicatorRequest> {
  await refuseFaults(request, parameters, pointer => pointer.replace(/^\/ReplicationInfoList\/0(?=\/)/, ''))
  return request
}

async function refuseFaults(
  request: CreateReplicatorRequest,
  parameters: Parameters,
  inParameters = (pointer: string) => pointer,
): Promise<void> {
  const findings = await validateRequest(request)
  const errors = findings.filter(finding => finding.severity === 'error')
  const [first] = errors
  if (first !== undefined) {
    const told = ({ pointer, message }: Finding) => `${placeInFile(inParameters(pointer), parameters)}${message}`
    throw new ServiceError('BadRequestException', errors.map(told).join('\n'), {
      invalidParameter: first.invalidParameter,
      fix: errors.length === 1 ? first.fix : undefined,
    })
  }
}

/** `/path/file.json:12:5: ` when the value stands in a file; nothing when it came from the command line. */
function placeInFile(pointer: string, { sources }: Parameters): string {
  const [member = '', ...rest] = pathOf(pointer)
  const source = sources.get(String(member))?.[0]
  if (source?.file === undefined || source.document?.root === undefined) return ''
  const { document, file } = source
  const { root } = source.document
  const wholeInput = root.kind === 'object' && root.members.some(({ key }) => key === member)
  // A single object in the place of a list was taken as a list of one.
  const wrapped = root.kind === 'object' && !wholeInput && /^\d+$/.test(String(rest[0]))
  const path = wholeInput ? [member, ...rest] : wrapped ? rest.slice(1) : rest
  const { line, column } = document.position(offsetOf(root, path))
  return `${file}:${line}:${column}: `
}
