# High-throughput producer
producer = Producer({
    'bootstrap.servers': 'kafka:9092',
    'acks': 'all',

    # Aggressive batching
    'batch.size': 65536,        # 64KB batches
    'linger.ms': 50,            # Wait 50ms for batch
    'compression.type': 'lz4',

    # More in-flight
    'max.in.flight.requests.per.connection': 5,
})

# Produce many messages
for event in events:
    producer.produce(topic='events', value=event)
    producer.poll(0)  # Non-blocking poll

producer.flush()  # Final flush
