import test from 'ava';
import { ownPlugins } from '../../cli/connect-plugins.js';
import { startWorker } from '../../connect/index.js';
import { readPostgresUrl } from '../../connectors/postgres/postgres-url.js';
import { readRedisUri } from '../../connectors/redis/redis-uri.js';
import { openLog } from '../../core/index.js';

test('the URL of a database is read as libpq and JDBC drivers write it', t => {
  const plain = { host: 'h', port: 5432, ssl: 'disable' };
  t.deepEqual(readPostgresUrl('postgres://h') as object, plain);
  t.deepEqual(readPostgresUrl('postgresql://h:7/d') as object, { ...plain, port: 7, database: 'd' });
  t.deepEqual(readPostgresUrl(' jdbc:postgresql://h/d ') as object, { ...plain, database: 'd' });
  const whole = { ...plain, database: 'a b', user: 'me@x', password: '1/2%3#4', ssl: 'require' };
  t.deepEqual(readPostgresUrl('postgres://me%40x:1%2F2%253%234@h/a%20b?sslmode=require') as object, whole);
  t.deepEqual(readPostgresUrl('postgres://[::1]/d?sslmode=verify-ca') as object, {
    host: '::1',
    port: 5432,
    database: 'd',
    ssl: 'verify-full',
  });
});

const hidden = 'geheim';
const wrongPostgres: Readonly<Record<string, RegExp>> = {
  '': /must read postgres:/,
  [hidden]: /must read postgres:/,
  [`mysql://me:${hidden}@h/d`]: /must read postgres:/,
  [`http://me:${hidden}@h/d`]: /must read postgres:/,
  [`jdbc:mysql://h/d?password=${hidden}`]: /must read postgres:/,
  [`postgres:me:${hidden}@h/d`]: /must read postgres:/,
  [`postgres://me:${hidden}/2@h/d`]: /write \/ as %2F/,
  [`postgres://me:12#${hidden}@h/d`]: /write .* # as %23/,
  [`postgres://me:12?${hidden}@h/d`]: /no parameter but sslmode/,
  [`postgres://me:%zz${hidden}@h/d`]: /% as %25/,
  'postgres:///d': /names no host/,
  'postgres://a,b/d': /several hosts/,
  'postgres://h:70000/d': /must read postgres:/,
  [`postgres://h/d?user=me&password=${hidden}`]: /are options/,
  'postgres://h/d?sslmode=on': /sslmode must be one of disable, /,
};

test('what is wrong with the URL of a database is told, and none of it is shown', t => {
  for (const [url, message] of Object.entries(wrongPostgres)) {
    const error = t.throws(() => readPostgresUrl(url), { message }, url);
    t.false(error.message.includes(hidden), url);
  }
});

test('the URI of a Redis is read', t => {
  const plain = { host: 'h', port: 6379, database: 0, username: '', password: '', isTls: false };
  t.deepEqual(readRedisUri('redis://h') as object, plain);
  t.deepEqual(readRedisUri('rediss://:a%2Fb@h:1/2') as object, {
    ...plain,
    port: 1,
    database: 2,
    password: 'a/b',
    isTls: true,
  });
  t.deepEqual(readRedisUri('redis://[::1]/') as object, { ...plain, host: '::1' });
});

const wrongRedis: Readonly<Record<string, RegExp>> = {
  '': /must read redis:/,
  'localhost:6379': /must read redis:/,
  [`http://:${hidden}@h`]: /must read redis:/,
  [`redis://:${hidden}#x@h`]: /write .* # as %23/,
  [`redis://:1?${hidden}@h`]: /write .* \? as %3F/,
  [`redis://h:1?${hidden}`]: /nothing behind that/,
  [`redis://:%zz${hidden}@h`]: /% as %25/,
  'redis://': /must read redis:|names no host/,
  'redis:///0': /names no host/,
  'redis://h/one': /the database is a number/,
  'redis://h?db=1': /nothing behind that/,
};

test('what is wrong with the URI of a Redis is told, and none of it is shown', t => {
  for (const [uri, message] of Object.entries(wrongRedis)) {
    const error = t.throws(() => readRedisUri(uri), { message }, uri);
    t.false(error.message.includes(hidden), uri);
  }
});

test('a worker that validates a connector finds them, and shows none of them', async t => {
  await using log = await openLog('memory:');
  const worker = await startWorker(log, {
    config: { 'group.id': 'urls', 'config.providers': 'env' },
    plugins: await ownPlugins(),
  });
  const cases = [
    ['PostgresSink', 'connection.url', `mysql://me:${hidden}@h/d`, { topics: 'a' }],
    ['PostgresSource', 'connection.url', `mysql://me:${hidden}@h/d`, { mode: 'bulk' }],
    ['RedisSink', 'redis.uri', `http://:${hidden}@h`, { topics: 'a', 'redis.type': 'list' }],
    ['RedisSource', 'redis.uri', `http://:${hidden}@h`, { topic: 'a', 'redis.type': 'list', 'redis.list.name': 'l' }],
  ] as const;
  for (const [name, key, url, more] of cases) {
    const config = { name: 'c', 'connector.class': name, ...more, [key]: url };
    const infos = await worker.validate(name, config);
    const { value } = infos.configs.find(each => each.value.name === key)!;
    t.regex(value.errors.join(), new RegExp(`^Invalid value \\[hidden\\] for configuration ${key}: must read `));
    t.false(JSON.stringify(infos).includes(hidden));
    // Of a placeholder it is judged what it stands for, also where it is a part of the value.
    process.env['MILLRACE_TEST_PORT'] = '1';
    const scheme = name.startsWith('Redis') ? 'redis' : 'postgres';
    for (const [variable, isFault] of [
      ['PORT', false],
      ['NONE', true],
    ] as const) {
      const later = await worker.validate(name, {
        ...config,
        [key]: `${scheme}://h:\${env:MILLRACE_TEST_${variable}}`,
      });
      const errors = later.configs.flatMap(each => each.value.errors);
      t.is(errors.length > 0, isFault, errors.join());
    }
  }
  await worker.close();
});
