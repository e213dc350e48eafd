from uuid import uuid4
import time

producer.produce(
    topic='events',
    key='order-123',
    value=order_data,
    headers=[
        ('correlation_id', str(uuid4()).encode()),
        ('trace_id', trace_id.encode()),
        ('source', 'order-service'.encode()),
        ('event_type', 'order.created'.encode()),
    ],
    timestamp=int(time.time() * 1000)  # Event time
)
