# Same key always goes to same partition
producer.produce(
    topic='user-events',
    key=f'user-{user_id}',  # Consistent hashing
    value=event_data
)
