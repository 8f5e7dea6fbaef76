import { Chalk } from 'chalk'
import type { WhereRow } from '../runbooks/migrate/where.js'
import { grouped } from './format-number.js'
import { plainLine } from './plain-text.js'
import { type Column, rowTable, type TableOptions } from './row-table.js'

/** Where each group runs, with its lag on either cluster, by name. */
export function whereTable(rows: readonly WhereRow[], clusters: readonly string[], options: TableOptions): string[] {
  if (rows.length === 0) return ['no consumer group has offsets of a copied topic']
  const lags = clusters.map(
    (cluster): Column<WhereRow> => ({
      title: `LAG ${plainLine(cluster)}`,
      cell: row => grouped(row.lags[cluster] ?? null),
    }),
  )
  const columns: Column<WhereRow>[] = [
    { title: 'GROUP', cell: row => plainLine(row.group), align: 'left', isName: true },
    { title: 'RUNS-ON', cell: runsOn, align: 'left' },
    ...lags,
  ]
  return rowTable(rows, columns, options, new Chalk({ level: options.color ? 1 : 0 }))
}

function runsOn({ runsOn: clusters }: WhereRow): string {
  if (clusters === null) return '?'
  return clusters.length === 0 ? '-' : clusters.map(plainLine).join(' and ')
}
