import { Chalk } from 'chalk'
import type { WhereRow } from '../runbooks/migrate/where.js'
import { grouped } from './format-number.js'
import { plainLine } from './plain-text.js'
import { type Column, rowTable, type TableOptions } from './row-table.js'

/** Where each group runs, with its lag on the old cluster and on the new one. */
export function whereTable(
  rows: readonly WhereRow[],
  clusters: readonly [old: string, new: string],
  options: TableOptions,
): string[] {
  if (rows.length === 0) return ['no consumer group has offsets of a copied topic']
  const columns: Column<WhereRow>[] = [
    { title: 'GROUP', cell: row => plainLine(row.group), align: 'left', isName: true },
    { title: 'RUNS-ON', cell: runsOn, align: 'left' },
    { title: `LAG ${plainLine(clusters[0])}`, cell: row => grouped(row.lags[0]) },
    { title: `LAG ${plainLine(clusters[1])}`, cell: row => grouped(row.lags[1]) },
  ]
  return rowTable(rows, columns, options, new Chalk({ level: options.color ? 1 : 0 }))
}

function runsOn({ runsOn: clusters }: WhereRow): string {
  if (clusters === null) return '?'
  return clusters.length === 0 ? '-' : clusters.map(plainLine).join(' and ')
}
