producer = Producer({
    # Connection
    'bootstrap.servers': 'kafka:9092',
    'client.id': 'order-service-producer',

    # Durability (CRITICAL)
    'acks': 'all',                    # Wait for all replicas
    'enable.idempotence': True,       # Prevent duplicates

    # Retries
    'retries': 2147483647,            # Infinite retries
    'retry.backoff.ms': 100,          # Backoff between retries
    'delivery.timeout.ms': 120000,    # 2 min total timeout

    # Batching (performance)
    'batch.size': 16384,              # 16KB batch
    'linger.ms': 5,                   # Wait 5ms for batch
    'compression.type': 'lz4',        # Compress batches

    # Memory
    'buffer.memory': 33554432,        # 32MB buffer
    'max.block.ms': 60000,            # Block if buffer full
})
