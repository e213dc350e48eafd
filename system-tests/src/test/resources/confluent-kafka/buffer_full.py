def safe_produce(producer, topic, key, value, max_retries=3):
    for attempt in range(max_retries):
        try:
            producer.produce(topic=topic, key=key, value=value, callback=delivery_callback)
            producer.poll(0)
            return True
        except BufferError:
            logger.warning("Buffer full, backing off")
            producer.poll(1)  # Wait for some deliveries
            time.sleep(0.5 * (2 ** attempt))
    return False
