producer = Producer({
    'bootstrap.servers': 'kafka:9092',
    'acks': '0',  # Don't wait for ack
})

producer.produce(topic='metrics', value=data)
# No flush, no callback - may lose messages
