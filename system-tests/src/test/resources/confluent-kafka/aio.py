from confluent_kafka import Producer
import asyncio

class AIOProducer:
    """Async wrapper for confluent-kafka Producer."""

    def __init__(self, config: dict):
        self._producer = Producer(config)
        self._loop = asyncio.get_event_loop()

    async def produce(self, topic: str, key: str, value: bytes) -> dict:
        """Async produce with delivery confirmation."""
        future = self._loop.create_future()

        def callback(err, msg):
            if err:
                self._loop.call_soon_threadsafe(
                    future.set_exception,
                    Exception(str(err))
                )
            else:
                self._loop.call_soon_threadsafe(
                    future.set_result,
                    {'partition': msg.partition(), 'offset': msg.offset()}
                )

        self._producer.produce(
            topic=topic,
            key=key.encode() if isinstance(key, str) else key,
            value=value,
            callback=callback
        )
        self._producer.poll(0)  # Trigger callback

        return await future

    async def flush(self, timeout: float = 10.0):
        """Flush with async-friendly polling."""
        while True:
            remaining = self._producer.flush(timeout=0.1)
            if remaining == 0:
                break
            await asyncio.sleep(0.01)

    def close(self):
        self._producer.flush()
