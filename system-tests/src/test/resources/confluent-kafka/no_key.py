# No key = round-robin
producer.produce(
    topic='logs',
    key=None,  # Distribute evenly
    value=log_entry
)
