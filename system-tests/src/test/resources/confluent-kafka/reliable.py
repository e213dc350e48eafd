from confluent_kafka import Producer
import json
import logging

logger = logging.getLogger(__name__)

class ReliableProducer:
    """Production producer with automatic DLQ handling."""

    def __init__(self, bootstrap_servers: str, client_id: str):
        config = {
            'bootstrap.servers': bootstrap_servers,
            'client.id': client_id,
            'acks': 'all',
            'enable.idempotence': True,
            'retries': 2147483647,
            'delivery.timeout.ms': 120000,
        }
        self.producer = Producer(config)
        self.dlq_producer = Producer(config)

    def _delivery_callback(self, err, msg):
        if err is None:
            logger.info(f"Delivered: {msg.topic()}[{msg.partition()}]@{msg.offset()}")
            return

        if err.retriable():
            logger.warning(f"Retriable error (auto-retry): {err}")
        else:
            logger.error(f"Fatal error, sending to DLQ: {err}")
            self._send_to_dlq(msg, err)

    def _send_to_dlq(self, msg, err):
        dlq_message = {
            'original_topic': msg.topic(),
            'original_key': msg.key().decode() if msg.key() else None,
            'original_value': msg.value().decode() if msg.value() else None,
            'error': str(err),
            'error_code': err.code(),
        }
        self.dlq_producer.produce(
            topic=f"{msg.topic()}.dlq",
            key=msg.key(),
            value=json.dumps(dlq_message),
        )

    def send(self, topic: str, key: str, value: dict):
        self.producer.produce(
            topic=topic,
            key=key.encode() if key else None,
            value=json.dumps(value).encode(),
            callback=self._delivery_callback,
        )
        self.producer.poll(0)

    def flush(self):
        self.producer.flush()
        self.dlq_producer.flush()

    def close(self):
        self.flush()

# Usage
producer = ReliableProducer(
    bootstrap_servers='localhost:30092',
    client_id='task-service'
)
producer.send('task-events', 'task-123', {'title': 'Buy groceries'})
producer.flush()
