producer = Producer({
    'bootstrap.servers': 'kafka:9092',
    'transactional.id': 'order-processor-1',  # Unique per instance
    'acks': 'all',
    'enable.idempotence': True,
})

producer.init_transactions()

try:
    producer.begin_transaction()

    producer.produce(topic='orders', value=order_data)
    producer.produce(topic='inventory', value=inventory_update)

    producer.commit_transaction()
except Exception as e:
    producer.abort_transaction()
    raise
