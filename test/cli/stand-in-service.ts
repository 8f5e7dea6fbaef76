import type { Command } from 'commander'
import { OPERATIONS } from '../../src/cli/aws/model.ts'
import { addOperation } from '../../src/cli/aws/operation-command.ts'
import { emptyProgram } from '../../src/cli/program.ts'
import type { Shell } from '../../src/cli/shell.ts'
import { ServiceError, type ServiceErrorCode } from '../../src/errors.ts'

type Members = Record<string, unknown>

/**
 * The service that the recorded runs of the AWS CLI spoke to, with the answers that it gave: what is tested is the
 * client. Keeps what it was asked.
 */
export class StandInService {
  readonly inputs: Members[] = []

  /** The mirrored commands, answered by it. */
  readonly program = (shell: Shell): Command => {
    const program = emptyProgram(shell)
    for (const operation of OPERATIONS) {
      const words = { summary: operation.name, description: operation.name, examples: '' }
      const answer = async ({ input }: { input: Members }) => {
        this.inputs.push(input)
        return this.#answer(operation.name, input)
      }
      addOperation(program, shell, operation, { ...words, answer })
    }
    return program
  }

  #answer(operation: string, input: Members): Members {
    switch (operation) {
      case 'CreateReplicator':
        return created(String(input.ReplicatorName))
      case 'DescribeReplicator':
        return described(String(input.ReplicatorArn))
      case 'ListReplicators':
        return listed(input)
      case 'UpdateReplicationInfo':
        return { ReplicatorArn: input.ReplicatorArn, ReplicatorState: 'UPDATING' }
      case 'DeleteReplicator':
        return { ReplicatorArn: input.ReplicatorArn, ReplicatorState: 'DELETING' }
      case 'ListTagsForResource':
        return { Tags: { a: 'b', c: 'd' } }
      default:
        return {}
    }
  }
}

const FAULTS: [prefix: string, code: string, message: string, invalidParameter?: string][] = [
  ['bad-', 'BadRequestException', 'The request is bad.', 'replicationInfoList'],
  ['forb-', 'ForbiddenException', 'Denied.'],
  ['acc-', 'AccessDeniedException', 'User is not authorized to perform: kafka:CreateReplicator'],
]

function created(name: string): Members {
  const fault = FAULTS.find(([prefix]) => name.startsWith(prefix))
  if (fault !== undefined) {
    const [, code, message, invalidParameter] = fault
    throw new ServiceError(code as ServiceErrorCode, message, { invalidParameter })
  }
  const arn = `arn:aws:kafka:us-east-1:123456789012:replicator/${name}/11111111-2222-3333-4444-555555555555-1`
  return { ReplicatorArn: arn, ReplicatorName: name, ReplicatorState: 'CREATING' }
}

function described(arn: string): Members {
  if (arn === 'missing') throw new ServiceError('NotFoundException', "The requested resource doesn't exist.")
  const vpc = { SecurityGroupIds: ['sg-1'], SubnetIds: ['subnet-1', 'subnet-2'] }
  return {
    ...common(arn, 'r1'),
    KafkaClusters: [{ AmazonMskCluster: { MskClusterArn: 'arn:x' }, KafkaClusterAlias: 'src-abc', VpcConfig: vpc }],
    ReplicationInfoList: [
      {
        ...ALIASES,
        TargetCompressionType: 'NONE',
        TopicReplication: { CopyTopicConfigurations: true, TopicsToExclude: [], TopicsToReplicate: ['.*'] },
      },
    ],
    Tags: { a: 'b' },
  }
}

const REPLICATORS = ['r0', 'r1', 'r2', 'r3', 'r4']

/** Two at a time, unless more are asked for. */
function listed({ MaxResults = 2, NextToken = '0' }: Members): Members {
  const from = Number(NextToken)
  const to = from + Number(MaxResults)
  return {
    ...(to < REPLICATORS.length ? { NextToken: String(to) } : {}),
    Replicators: REPLICATORS.slice(from, to).map((name, i) => ({
      ...common(
        `arn:aws:kafka:us-east-1:123456789012:replicator/${name}/11111111-2222-3333-4444-55555555555${from + i}-1`,
        name,
      ),
      KafkaClustersSummary: [
        { AmazonMskCluster: { MskClusterArn: 'arn:x' }, KafkaClusterAlias: 'src-abc' },
        { AmazonMskCluster: { MskClusterArn: 'arn:y' }, KafkaClusterAlias: 'tgt-def' },
      ],
      ReplicationInfoSummaryList: [ALIASES],
    })),
  }
}

const ALIASES = { SourceKafkaClusterAlias: 'src-abc', TargetKafkaClusterAlias: 'tgt-def' }

function common(ReplicatorArn: string, ReplicatorName: string): Members {
  const CreationTime = '2026-01-02T03:04:05.678000+00:00'
  const shown = { CreationTime, CurrentVersion: 'K1', IsReplicatorReference: false }
  return { ...shown, ReplicatorArn, ReplicatorName, ReplicatorState: 'RUNNING' }
}
