/**
 * Opens SQLite files. Since 24.19 Node aborts the process when an object of better-sqlite3 12 is collected while no
 * JavaScript runs (`RemoveEnvironmentCleanupHook: (env) != nullptr`); better-sqlite3 13 needs Node 22. So every native
 * object is kept until its thread ends. They are few: a store prepares its statements once.
 */
import BetterSqlite3, { type Database, type Options, type Statement } from 'better-sqlite3';

const kept = new Set<object>();

function keep<T extends object>(object: T): T {
  kept.add(object);
  return object;
}

function keepIterators(statement: Statement): Statement {
  const iterate = statement.iterate.bind(statement);
  statement.iterate = (...parameters) => keep(iterate(...parameters) as object) as ReturnType<typeof iterate>;
  return keep(statement);
}

export function openSqlite(file: string, options: Options = {}): Database {
  const db = keep(new BetterSqlite3(file, options));
  const prepare = db.prepare.bind(db) as (sql: string) => Statement;
  db.prepare = ((sql: string) => keepIterators(prepare(sql))) as typeof db.prepare;
  // The library prepares a pragma anew each time; a checkpoint each second would be kept for ever.
  const pragmas = new Map<string, Statement>();
  db.pragma = (source, { simple = false } = {}) => {
    const statement = pragmas.get(source) ?? prepare(`PRAGMA ${source}`);
    pragmas.set(source, keep(statement));
    if (!statement.reader) return statement.run();
    return simple ? statement.pluck().get() : statement.pluck(false).all();
  };
  return db;
}
