import type { Command } from 'commander'
import type { CreateReplicatorRequest } from '../../config/types.js'
import { listTagsForResource, tagResource, untagResource } from '../aws/model.js'
import { addOperation } from '../aws/operation-command.js'
import type { Shell } from '../shell.js'

/** Long as it is, an ARN gets a line of its own. */
const ARN = '\\\n    arn:aws:kafka:us-east-1:123456789012:replicator/orders-dr/…-1'

/** `tag-resource`, `untag-resource` and `list-tags-for-resource`: three sides of one thing. */
export function addTagCommands(program: Command, shell: Shell): void {
  addOperation(program, shell, tagResource, {
    summary: 'give a replicator tags',
    description: 'Adds tags to a replicator, or changes their values: at most 50, as with AWS.',
    examples: `  kafka-replicator tag-resource --resource-arn ${ARN} \\
    --tags team=orders,stage=test`,
    answer: async parameters => {
      const { checkUpdated } = await import('../check-request.js')
      const tags = parameters.input.Tags as Record<string, string>
      const change = (request: CreateReplicatorRequest) =>
        checkUpdated({ ...request, Tags: { ...request.Tags, ...tags } }, parameters)
      await (await shell.registry()).retag(String(parameters.input.ResourceArn), change)
      return {}
    },
  })
  addOperation(program, shell, untagResource, {
    summary: 'take tags from a replicator',
    description: 'Removes tags from a replicator by their keys; a key that it does not have is no error.',
    examples: `  kafka-replicator untag-resource --resource-arn ${ARN} \\
    --tag-keys team stage`,
    answer: async ({ input }) => {
      const keys = new Set(input.TagKeys as string[])
      const without = async (request: CreateReplicatorRequest) => {
        const kept = Object.entries(request.Tags ?? {}).filter(([key]) => !keys.has(key))
        return { ...request, Tags: Object.fromEntries(kept) }
      }
      await (await shell.registry()).retag(String(input.ResourceArn), without)
      return {}
    },
  })
  addOperation(program, shell, listTagsForResource, {
    summary: 'show the tags of a replicator',
    description: 'Shows the tags of a replicator.',
    examples: `  kafka-replicator list-tags-for-resource --resource-arn ${ARN}`,
    answer: async ({ input }) => {
      const { Request } = await (await shell.registry()).get(String(input.ResourceArn), 'resourceArn')
      return { Tags: Request.Tags ?? {} }
    },
  })
}
