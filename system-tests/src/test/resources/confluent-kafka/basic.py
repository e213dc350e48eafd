from confluent_kafka import Producer
import json

def delivery_callback(err, msg):
    if err:
        print(f"Delivery failed: {err}")
    else:
        print(f"Delivered to {msg.topic()}[{msg.partition()}]@{msg.offset()}")

producer = Producer({
    'bootstrap.servers': 'kafka:9092',
    'client.id': 'my-producer'
})

# Send message
producer.produce(
    topic='events',
    key='user-123',
    value=json.dumps({'action': 'login'}),
    callback=delivery_callback
)

# CRITICAL: flush to ensure delivery
producer.flush()
