producer = Producer({
    'bootstrap.servers': 'kafka:9092',
    'acks': 'all',
    'enable.idempotence': True,
    'retries': 2147483647,
})

producer.produce(topic='orders', value=data, callback=delivery_callback)
producer.flush()  # Wait for confirmation
