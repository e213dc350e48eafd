from confluent_kafka import Producer
import json

def stats_callback(stats_json):
    """Called periodically with producer statistics."""
    stats = json.loads(stats_json)

    # Overall producer stats
    print(f"Messages in queue: {stats.get('msg_cnt', 0)}")
    print(f"Messages in flight: {stats.get('msg_size', 0)} bytes")

    # Per-topic stats
    for topic_name, topic_stats in stats.get('topics', {}).items():
        for partition_id, partition_stats in topic_stats.get('partitions', {}).items():
            batch_size = partition_stats.get('batchsize', {})
            print(f"{topic_name}[{partition_id}]:")
            print(f"  Avg batch size: {batch_size.get('avg', 0)} bytes")
            print(f"  Batch count: {batch_size.get('cnt', 0)}")

producer = Producer({
    'bootstrap.servers': 'localhost:30092',
    'linger.ms': 50,
    'batch.size': 65536,
    'stats_cb': stats_callback,
    'statistics.interval.ms': 5000,  # Stats every 5 seconds
})
