from confluent_kafka import Producer

def region_partitioner(key, all_partitions, available_partitions):
    """Route by region prefix."""
    if key is None:
        return random.choice(available_partitions)

    region = key.decode().split('-')[0]  # "us-east-user-123"
    regions = {'us-east': 0, 'us-west': 1, 'eu': 2}
    return regions.get(region, 0)

# Note: confluent-kafka-python doesn't support custom partitioners directly
# Use key design instead:
key = f"{region}-{entity_id}"  # Partition by hash of full key
