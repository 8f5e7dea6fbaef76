/**
 * Faults that the engine is known not to withstand yet. `npm test` and `npm run simulate` leave them out; whoever
 * mends the engine takes the line away. `--with <fault>` brings one back.
 */
export const KNOWN_FAULTS: readonly { fault: string; why: string }[] = [
  {
    fault: 'cut-target',
    why: 'without DescribeProducers numbers are not taken back; a batch that straddles the noted end is overlooked; others may have written where ours were lost',
  },
  {
    fault: 'recreate-target',
    why: 'a batch in flight slips into the new topic at a smaller offset, and the offset map throws where nobody listens',
  },
  {
    fault: 'restart-target',
    why: 'the restart then goes on with the numbers of the old topic',
  },
  {
    fault: 'twins',
    why: 'the notes are read before the wait for another instance, and not again after it',
  },
  {
    fault: 'recreate-source-by-name',
    why: 'Fetch v11 names topics: a partition that nothing evicts reads the new topic as the old one',
  },
  {
    fault: 'orphans-after-expiry',
    why: 'a request of a broken connection that is carried out after the broker has forgotten the producer is appended again',
  },
]
