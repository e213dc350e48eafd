from confluent_kafka import Producer

def delivery_callback(err, msg):
    if err is None:
        print(f"Delivered: {msg.topic()}[{msg.partition()}]@{msg.offset()}")
        return

    if err.retriable():
        # Transient error (network, broker restart) - will auto-retry
        print(f"Retriable error for {msg.key()}: {err}")
    else:
        # Fatal error (authorization, invalid topic) - needs intervention
        print(f"Fatal error for {msg.key()}: {err}")
        send_to_dlq(msg, err)
