import pg from 'pg';

const MAX_CONNECTIONS = 60;

/** @type {pg.Pool} */
export let pool;

export function connect(connectionString) {
  pool = new pg.Pool({ connectionString, max: MAX_CONNECTIONS });
  pool.on('error', (error) => console.error('postgres:', error.message));
}

/** Rows as arrays. BSON results are cast to bytea, which arrives as a Buffer; a null client means any of the pool. */
export async function query(client, text, values) {
  const { rows } = await (client ?? pool).query({ text, values, rowMode: 'array' });
  return rows;
}
