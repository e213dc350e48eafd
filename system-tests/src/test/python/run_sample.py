"""Runs a sample as it stands in its file, but for the address: run_sample.py ADDRESS FILE [VARIANT].

A sample that is a part of a program gets what the rest of the program would give it: the names in
BEFORE. What it defines is then used, by AFTER. What is printed is for ConfluentKafkaInteropTest.
"""

import asyncio
import json
import logging
import random
import sys
import time
from pathlib import Path

from confluent_kafka import KafkaException, Producer

ADDRESS, FILE = sys.argv[1], Path(sys.argv[2])
VARIANT = sys.argv[3] if len(sys.argv) > 3 else ''
WAIT_S = 30


def report(err, msg):
    print(f'report {msg.topic()} {err.name() if err else "delivered"}')


def producer(**settings):
    return Producer({'bootstrap.servers': ADDRESS, **settings})


def flush(names):
    print(f'left {names["producer"].flush(WAIT_S)}')


def use_aio(names):
    async def main():
        aio = names['AIOProducer']({'bootstrap.servers': ADDRESS})
        # A future completes when somebody polls: here that is flush.
        result, _ = await asyncio.gather(aio.produce('aio', 'user-123', b'login'), aio.flush())
        print(f'stored {sorted(result)}')
        aio.close()

    asyncio.run(main())


def use_retriable(names):
    names['send_to_dlq'] = lambda msg, err: print(f'dead letter {msg.topic()} {err.name()}')
    one = producer()
    for value in ('fits', 'x' * 5000):
        one.produce('small', key='k', value=value, callback=names['delivery_callback'])
        one.flush(WAIT_S)


def use_reliable(names):
    one = names['producer']
    one.send('small', 'task-123', {'title': 'x' * 5000})
    one.flush()  # the dead letter is made by a callback in here,
    one.close()  # and sent at the latest now


def use_buffer_full(names):
    one = producer(**{'queue.buffering.max.messages': 1, 'linger.ms': 300})
    sent = [names['safe_produce'](one, 'full', f'k{i}', f'v{i}') for i in range(3)]
    one.flush(WAIT_S)
    print(f'sent {sent}')
    nobody = Producer({'bootstrap.servers': '127.0.0.1:1', 'queue.buffering.max.messages': 1})
    sent = [names['safe_produce'](nobody, 'full', 'k', 'v', max_retries=1) for _ in range(2)]
    print(f'nobody there {sent}')
    nobody.purge()


def use_partitioner(names):
    choose = names['region_partitioner']
    keys = (b'us-east-user-123', b'us-west-user-123', b'eu-user-123')
    print(f'regions {[choose(key, [0, 1, 2], [0, 1, 2]) for key in keys]}')
    one = producer()
    one.produce('regions', key=names['key'], value=b'event')
    one.flush(WAIT_S)


def use_statistics(names):
    one = names['producer']
    for i in range(500):
        one.produce('statistics', key=f'k{i}', value=b'x' * 100)
    end = time.time() + 6
    while time.time() < end:
        one.poll(0.1)
    one.flush(WAIT_S)


class Broken:
    """A value that no producer takes."""


BEFORE = {
    'at_most_once': lambda: {'data': b'cpu 0.7'},
    'at_least_once': lambda: {'data': b'order 1', 'delivery_callback': report},
    'exactly_once': lambda: {
        'order_data': f'order {VARIANT}'.encode(),
        'inventory_update': Broken() if VARIANT == 'aborted' else b'inventory',
    },
    'buffer_full': lambda: {
        'delivery_callback': report, 'logger': logging.getLogger('sample'), 'time': time},
    'task_lifecycle': lambda: {'producer': producer(), 'json': json, 'task_id': 7, 'user_id': 'ann'},
    'key': lambda: {'producer': producer(), 'user_id': 7, 'event_data': b'event'},
    'custom_partitioner': lambda: {'random': random, 'region': 'eu', 'entity_id': 'user-123'},
    'no_key': lambda: {'producer': producer(), 'log_entry': b'line'},
    'headers': lambda: {'producer': producer(), 'order_data': b'order', 'trace_id': 'trace-1'},
    'batching': lambda: {'events': [f'event {i}' for i in range(1000)]},
}

AFTER = {
    'aio': use_aio,
    'at_most_once': flush,
    'at_least_once': flush,
    'retriable': use_retriable,
    'reliable': use_reliable,
    'buffer_full': use_buffer_full,
    'task_lifecycle': flush,
    'key': flush,
    'custom_partitioner': use_partitioner,
    'no_key': flush,
    'headers': flush,
    'statistics': use_statistics,
}


def main():
    sample = FILE.stem
    text = FILE.read_text(encoding='utf-8')
    for address in ('kafka:9092', 'localhost:30092'):
        text = text.replace(address, ADDRESS)
    names = {'Producer': Producer, **BEFORE.get(sample, dict)()}
    try:
        exec(compile(text, FILE.name, 'exec'), names)
    except (KafkaException, TypeError) as e:
        print(f'raised {type(e).__name__} {e}')
        return
    AFTER.get(sample, lambda _: None)(names)


main()
